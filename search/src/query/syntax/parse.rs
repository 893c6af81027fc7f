//! From tokens to the algebra, by recursive descent.

use reelgraph_models::time::MediaTime;

use super::field::{condition, named};
use super::lex::{Place, Token, tokens};
use super::problem::Problem;
use super::value::time;
use crate::error::SearchError;
use crate::query::expr::{Expr, Field, Temporal, Term};
use crate::query::limits::{DEFAULT_GAP, MAX_QUERY_CHARS, MAX_QUERY_DEPTH};

/// Reads a query string.
///
/// # Errors
/// [`SearchError::QueryTooLong`] beyond [`MAX_QUERY_CHARS`]; [`SearchError::Syntax`] with the place of what cannot be read.
pub fn parse(text: &str) -> Result<Expr, SearchError> {
    if text.chars().nth(MAX_QUERY_CHARS).is_some() {
        return Err(SearchError::QueryTooLong { limit_chars: MAX_QUERY_CHARS });
    }
    let mut parser = Parser { text, tokens: tokens(text), next: 0, depth: 0 };
    let mut parts = Vec::new();
    // A closing bracket without a partner counts as a blank.
    while parser.next < parser.tokens.len() {
        parts.extend(parser.sequence(None, false).map_err(|(problem, place)| {
            let chars = |bytes: std::ops::Range<usize>| text.get(bytes).map_or(0, |part| part.chars().count());
            let (at_char, length_chars) = (chars(0..place.start), chars(place.start..place.end));
            SearchError::Syntax { at_char, length_chars, problem }
        })?);
        parser.next += 1;
    }
    Ok(together(parts))
}

/// What is wrong, and where.
type Wrong = (Problem, Place);

/// Something to be joined with others.
enum Operand {
    /// Only a word, which joins its neighbours in running text.
    Plain(Place),
    Expr(Expr),
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

/// All of these, without brackets around one.
fn together(mut parts: Vec<Expr>) -> Expr {
    match parts.len() {
        1 => parts.remove(0),
        _ => Expr::And(parts),
    }
}

impl Parser<'_> {
    fn peek(&self) -> Option<Token> {
        self.tokens.get(self.next).copied()
    }

    fn slice(&self, place: Place) -> &str {
        self.text.get(place.start..place.end).unwrap_or_default()
    }

    fn is_chunk(&self, token: Option<Token>, word: &str) -> bool {
        matches!(token, Some(Token::Chunk(place)) if self.slice(place) == word)
    }

    /// Everything up to a closing bracket, or up to a comma where that ends an operand.
    fn sequence(&mut self, field: Option<Field>, ends_at_comma: bool) -> Result<Vec<Expr>, Wrong> {
        let mut parts = Vec::new();
        let mut run: Option<Place> = None;
        while let Some(token) = self.peek() {
            match token {
                Token::Close(_) => break,
                Token::Comma(_) if ends_at_comma => break,
                Token::Comma(_) => self.next += 1,
                _ => match self.either(field)? {
                    Operand::Plain(place) => {
                        run = Some(run.map_or(place, |run| Place { start: run.start, end: place.end }));
                    }
                    Operand::Expr(expr) => {
                        parts.extend(run.take().map(|place| self.words(place, field)));
                        // Empty brackets are a blank.
                        parts.extend((expr != Expr::And(Vec::new())).then_some(expr));
                    }
                },
            }
        }
        parts.extend(run.map(|place| self.words(place, field)));
        Ok(parts)
    }

    fn words(&self, place: Place, field: Option<Field>) -> Expr {
        Expr::Words { text: self.slice(place).to_owned(), field }
    }

    /// `a OR b OR c`.
    fn either(&mut self, field: Option<Field>) -> Result<Operand, Wrong> {
        let first = self.both(field)?;
        if !self.joins("OR") {
            return Ok(first);
        }
        let mut parts = vec![self.firm(first, field)];
        while self.joins("OR") {
            self.next += 1;
            let next = self.both(field)?;
            parts.push(self.firm(next, field));
        }
        Ok(Operand::Expr(Expr::Or(parts)))
    }

    /// `a AND b AND c`.
    fn both(&mut self, field: Option<Field>) -> Result<Operand, Wrong> {
        let first = self.unary(field)?;
        if !self.joins("AND") {
            return Ok(first);
        }
        let mut parts = vec![self.firm(first, field)];
        while self.joins("AND") {
            self.next += 1;
            let next = self.unary(field)?;
            parts.push(self.firm(next, field));
        }
        Ok(Operand::Expr(Expr::And(parts)))
    }

    /// Whether an operator comes next, with something after it to join; without, it is only a word.
    fn joins(&self, operator: &str) -> bool {
        self.is_chunk(self.peek(), operator) && self.is_operand(self.next + 1)
    }

    fn is_operand(&self, at: usize) -> bool {
        let token = self.tokens.get(at).copied();
        match token {
            Some(Token::Chunk(_)) => !self.is_chunk(token, "OR") && !self.is_chunk(token, "AND"),
            Some(Token::Quoted(_) | Token::Open { .. } | Token::Minus(_)) => true,
            Some(Token::Close(_) | Token::Comma(_)) | None => false,
        }
    }

    /// A word that was joined by an operator must be there.
    fn firm(&self, operand: Operand, field: Option<Field>) -> Expr {
        match operand {
            Operand::Plain(place) => Expr::Term { term: Term::Word(self.slice(place).to_owned()), field },
            Operand::Expr(expr) => expr,
        }
    }

    /// `-a`, `NOT a`, `a`.
    fn unary(&mut self, field: Option<Field>) -> Result<Operand, Wrong> {
        let token = self.peek();
        let is_not = self.is_chunk(token, "NOT") && self.is_operand(self.next + 1);
        if !is_not && !matches!(token, Some(Token::Minus(_))) {
            return self.primary(field);
        }
        let place = token.map_or(Place { start: 0, end: 0 }, Token::place);
        self.next += 1;
        let operand = self.deeper(place, |parser| parser.unary(field))?;
        Ok(Operand::Expr(Expr::Not(Box::new(self.firm(operand, field)))))
    }

    fn deeper<T>(&mut self, place: Place, read: impl FnOnce(&mut Self) -> Result<T, Wrong>) -> Result<T, Wrong> {
        if self.depth >= MAX_QUERY_DEPTH {
            return Err((Problem::TooDeep { limit: MAX_QUERY_DEPTH }, place));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn primary(&mut self, field: Option<Field>) -> Result<Operand, Wrong> {
        let Some(token) = self.peek() else { return Ok(Operand::Expr(Expr::And(Vec::new()))) };
        self.next += 1;
        match token {
            Token::Quoted(place) => {
                let term = Term::Phrase(self.slice(place).to_owned());
                Ok(Operand::Expr(Expr::Term { term, field }))
            }
            Token::Open { .. } => self.group(token.place(), field).map(Operand::Expr),
            Token::Chunk(place) => self.chunk(place, field),
            // What can join nothing counts as a blank.
            Token::Close(_) | Token::Comma(_) | Token::Minus(_) => Ok(Operand::Expr(Expr::And(Vec::new()))),
        }
    }

    /// What follows an opening bracket, which is closed at the end where nobody closed it.
    fn group(&mut self, place: Place, field: Option<Field>) -> Result<Expr, Wrong> {
        let parts = self.deeper(place, |parser| parser.sequence(field, false))?;
        self.next += usize::from(matches!(self.peek(), Some(Token::Close(_))));
        Ok(together(parts))
    }

    fn chunk(&mut self, place: Place, field: Option<Field>) -> Result<Operand, Wrong> {
        if let Some(Token::Open { at, is_attached: true }) = self.peek()
            && let Some(function) = Function::of(self.slice(place))
        {
            self.next += 1;
            let call = Place { start: place.start, end: at + 1 };
            return self.deeper(call, |parser| parser.call(function, call)).map(Operand::Expr);
        }
        let chunk = self.slice(place);
        if let Some(expr) = affixed(chunk, field).map_err(|problem| (problem, place))? {
            return Ok(Operand::Expr(expr));
        }
        let Some(named) = named(chunk) else {
            return if begins_with_star(chunk) {
                Err((Problem::StarInFront, place))
            } else {
                Ok(Operand::Plain(place))
            };
        };
        if named.has_colon && named.value.is_empty() && !self.is_attached(place) {
            // A word with a colon, as in running text; a field's name without value is more likely meant as one.
            return match example_of(named.name).filter(|_| chunk.starts_with(named.name)) {
                Some(example) => Err((Problem::NoValue { field: format!("{}:", named.name), example }, place)),
                None => Ok(Operand::Plain(place)),
            };
        }
        match Field::from_name(named.name).filter(|_| named.has_colon) {
            Some(field) => self.channel(field, named.value.len(), place).map(Operand::Expr),
            None => self.property(named.value.len(), place).map(Operand::Expr),
        }
    }

    /// Whether a bracket or a quotation mark follows without a blank.
    fn is_attached(&self, place: Place) -> bool {
        match self.peek() {
            Some(Token::Open { is_attached, .. }) => is_attached,
            Some(Token::Quoted(quoted)) => {
                self.text.get(place.end..quoted.start).is_some_and(|between| between.chars().count() == 1)
            }
            _ => false,
        }
    }

    /// `said:word`, `said:"a phrase"`, `said:(a group)`.
    fn channel(&mut self, field: Field, value_bytes: usize, place: Place) -> Result<Expr, Wrong> {
        let value = Place { start: place.end - value_bytes, end: place.end };
        if value_bytes == 0 {
            let operand = self.primary(Some(field))?;
            return Ok(self.firm(operand, Some(field)));
        }
        let text = self.slice(value);
        if let Some(expr) = affixed(text, Some(field)).map_err(|problem| (problem, value))? {
            return Ok(expr);
        }
        if begins_with_star(text) {
            return Err((Problem::StarInFront, value));
        }
        // What is seen may be found by what it looks like, everything else only by its word.
        Ok(match field {
            Field::Seen => self.words(value, Some(field)),
            _ => Expr::Term { term: Term::Word(text.to_owned()), field: Some(field) },
        })
    }

    /// `object:person>=3`, `asset.title:"two words"`.
    fn property(&mut self, value_bytes: usize, place: Place) -> Result<Expr, Wrong> {
        let mut whole = place;
        let mut value = self.slice(Place { start: place.end - value_bytes, end: place.end }).to_owned();
        if let (0, Some(Token::Quoted(quoted))) = (value_bytes, self.peek()) {
            value = self.slice(quoted).to_owned();
            self.next += 1;
            whole.end = quoted.end;
            // object:"traffic light">=2
            if let Some(Token::Chunk(sign)) = self.peek()
                && self.text.get(quoted.end..sign.start).is_some_and(|between| between.chars().count() == 1)
            {
                value.push_str(self.slice(sign));
                self.next += 1;
                whole.end = sign.end;
            }
        }
        let chunk = self.slice(place);
        let Some(named) = named(chunk) else { return Ok(self.words(place, None)) };
        let named = super::field::Named { value: &value, ..named };
        condition(named).map(Expr::Is).map_err(|problem| (problem, whole))
    }

    /// The operands of a function, after its opening bracket.
    fn call(&mut self, function: Function, place: Place) -> Result<Expr, Wrong> {
        let bad = Problem::BadCall { function: function.name, usage: function.usage };
        let mut operands = Vec::new();
        while operands.len() < function.operands {
            let here = self.peek().map_or(place, Token::place);
            let parts = self.sequence(None, true)?;
            if parts.is_empty() {
                let problem = Problem::EmptyOperand { function: function.name, usage: function.usage };
                return Err((problem, here));
            }
            operands.push(together(parts));
            if operands.len() < function.operands {
                match self.peek() {
                    Some(Token::Comma(_)) => self.next += 1,
                    other => return Err((bad, other.map_or(place, Token::place))),
                }
            }
        }
        let mut gap = None;
        if let (Some(Token::Comma(_)), Gap::Required(_) | Gap::Optional) = (self.peek(), function.gap) {
            self.next += 1;
            let Some(Token::Chunk(at)) = self.peek() else {
                return Err((bad, self.peek().map_or(place, Token::place)));
            };
            gap = Some(time(self.slice(at)).ok_or((bad.clone(), at))?);
            self.next += 1;
        }
        match self.peek() {
            Some(Token::Close(_)) => self.next += 1,
            None => {}
            Some(other) => return Err((bad, other.place())),
        }
        function.make(operands, gap).ok_or((bad, place))
    }
}

/// A word with `*` or `~` behind it; `None` for every other chunk.
fn affixed(chunk: &str, field: Option<Field>) -> Result<Option<Expr>, Problem> {
    let is_word = |word: &str| !word.is_empty() && word.chars().all(char::is_alphanumeric);
    let firm = |term: Term| Some(Expr::Term { term, field });
    if let Some(start) = chunk.strip_suffix('*').filter(|start| is_word(start)) {
        return Term::prefix(start.to_owned()).map(firm);
    }
    let Some((word, distance)) = chunk.split_once('~') else { return Ok(None) };
    if !is_word(word) || !distance.chars().all(|c| c.is_ascii_digit()) {
        return Ok(None);
    }
    let distance = if distance.is_empty() { 1 } else { distance.parse().unwrap_or(u8::MAX) };
    Term::fuzzy(word.to_owned(), distance).map(firm)
}

/// Whether letters stand behind a star, as if any might stand in its place.
fn begins_with_star(chunk: &str) -> bool {
    chunk.strip_prefix('*').is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
}

/// A value for a field that was written without one; `None` where there is no such field.
fn example_of(name: &str) -> Option<&'static str> {
    match name {
        "said" => Some("said:hello"),
        "seen" => Some("seen:castle"),
        "text" => Some("text:exit"),
        "title" => Some("title:sintel"),
        "sound" => Some("sound:applause"),
        "concept" => Some("concept:animals"),
        "object" => Some("object:person>=3"),
        "person" | "speaker" => Some("person:\"Anna Smith\""),
        "lang" => Some("lang:en"),
        "kind" => Some("kind:shot"),
        "at" => Some("at:1:00..2:30"),
        name if name.starts_with("asset.") => Some("asset.title:sintel"),
        _ => None,
    }
}

/// What is written like a function.
#[derive(Clone, Copy)]
struct Function {
    name: &'static str,
    usage: &'static str,
    operands: usize,
    gap: Gap,
}

#[derive(Clone, Copy)]
enum Gap {
    None,
    Optional,
    /// Taken where none is written.
    Required(MediaTime),
}

const FUNCTIONS: [Function; 8] = [
    Function { name: "then", usage: "then(a, b, 10s)", operands: 2, gap: Gap::Required(DEFAULT_GAP) },
    Function { name: "within", usage: "within(a, b, 10s)", operands: 2, gap: Gap::Required(DEFAULT_GAP) },
    Function { name: "during", usage: "during(a, b)", operands: 2, gap: Gap::None },
    Function { name: "before", usage: "before(a, b) or before(a, b, 10s)", operands: 2, gap: Gap::Optional },
    Function { name: "after", usage: "after(a, b) or after(a, b, 10s)", operands: 2, gap: Gap::Optional },
    Function {
        name: "notBetween",
        usage: "notBetween(first, then, not, 10s)",
        operands: 3,
        gap: Gap::Required(DEFAULT_GAP),
    },
    Function { name: "sameShot", usage: "sameShot(a, b)", operands: 2, gap: Gap::None },
    Function { name: "sameScene", usage: "sameScene(a, b)", operands: 2, gap: Gap::None },
];

impl Function {
    fn of(name: &str) -> Option<Self> {
        FUNCTIONS.into_iter().find(|function| function.name.eq_ignore_ascii_case(name))
    }

    fn make(self, operands: Vec<Expr>, gap: Option<MediaTime>) -> Option<Expr> {
        let mut operands = operands.into_iter().map(Box::new);
        let (one, other, third) = (operands.next()?, operands.next()?, operands.next());
        let longest = match self.gap {
            Gap::Required(default) => gap.unwrap_or(default),
            Gap::None | Gap::Optional => MediaTime::ZERO,
        };
        Some(Expr::Temporal(match self.name {
            "then" => Temporal::Then { first: one, then: other, gap: longest },
            "within" => Temporal::Within { one, other, gap: longest },
            "during" => Temporal::During { inner: one, outer: other },
            "before" => Temporal::Before { what: one, other, gap },
            "after" => Temporal::After { what: one, other, gap },
            "notBetween" => Temporal::NotBetween { first: one, then: other, not: third?, gap: longest },
            "sameShot" => Temporal::SameShot { one, other },
            _ => Temporal::SameScene { one, other },
        }))
    }
}
