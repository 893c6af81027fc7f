//! What all types of observation share.

/// Defines a type of observation: the fields of the interface, and those of its own.
macro_rules! observations {
    ($($(#[doc = $doc:literal])+ $name:ident { $($field:ident: $type:ty),* } { $($own:tt)* })*) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        pub(crate) struct $name {
            pub(super) seen: super::Seen,
            $(pub(super) $field: $type),*
        }

        $(#[doc = $doc])+
        #[async_graphql::Object]
        impl $name {
            /// Opaque, unique across all types.
            pub(crate) async fn id(&self) -> async_graphql::ID {
                $crate::graphql::node_id::GlobalId::from(self.seen.id).into()
            }

            /// Of which asset; null once that is deleted.
            pub(crate) async fn asset(&self, ctx: &async_graphql::Context<'_>) -> async_graphql::Result<Option<$crate::graphql::types::asset::Asset>> {
                Ok($crate::graphql::session::Session::of(ctx)?.loaders().asset(self.seen.asset).await?)
            }

            /// When.
            pub(crate) async fn span(&self) -> $crate::graphql::types::span::TimeSpan {
                self.seen.span.into()
            }

            /// By which channel.
            pub(crate) async fn modality(&self) -> $crate::graphql::types::observation::Modality {
                self.seen.modality.into()
            }

            /// The model's own score, 0 to 1; not calibrated.
            pub(crate) async fn confidence(&self) -> f32 {
                self.seen.confidence
            }

            /// Who saw it and how.
            pub(crate) async fn provenance(&self) -> $crate::graphql::types::provenance::Provenance {
                (&self.seen.provenance).into()
            }

            $($own)*
        }
    )*};
}
