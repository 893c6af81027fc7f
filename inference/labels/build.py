"""Makes the label tables: names for people, synonyms and hypernyms, for ImageNet's 1,000 and COCO's 80 classes.

Run by a maintainer when names change; the product reads only the tables that are checked in.

    python build.py WORDNET_DICT imagenet_labels.json ../src/tags/imagenet.tsv ../src/tags/coco.tsv

WORDNET_DICT  folder with `data.noun` and `index.noun` of WordNet 3.0 (Debian's `wordnet-base`, WordNet licence).
imagenet_labels.json  the class names in ImageNet's order as torchvision lists them (BSD-3-Clause).

ImageNet numbers its classes by rising WordNet offset. So the synset of each class is the one among the senses of its name that
keeps the offsets rising over all classes: a longest increasing chain settles "crane" the bird and "crane" the machine.

Columns: name, synonyms joined by `|`, hypernyms joined by `|` from near to far (`,` between words of one synset).
"""

import json
import sys
from pathlib import Path

# What people call it, where the class name is jargon, ambiguous or a homonym of something else.
NAMES = {
    7: "rooster", 20: "dipper", 21: "kite bird", 27: "newt", 70: "daddy longlegs", 87: "grey parrot", 97: "duck",
    101: "elephant", 134: "crane bird", 136: "moorhen", 137: "coot", 148: "killer whale", 157: "papillon dog",
    161: "basset hound", 164: "bluetick coonhound", 166: "Treeing Walker coonhound", 168: "redbone coonhound",
    191: "Airedale terrier", 192: "cairn terrier", 194: "Dandie Dinmont terrier", 195: "Boston terrier",
    199: "Scottish terrier", 204: "Lhasa Apso", 215: "Brittany dog", 216: "clumber spaniel",
    217: "English springer spaniel", 222: "kuvasz dog", 223: "schipperke dog", 224: "Belgian sheepdog",
    225: "Belgian malinois", 226: "briard dog", 227: "kelpie dog", 228: "komondor dog", 231: "collie", 236: "Doberman dog",
    240: "Appenzeller mountain dog", 241: "Entlebucher mountain dog", 242: "boxer dog", 243: "bullmastiff",
    248: "husky", 249: "Alaskan malamute", 251: "Dalmatian dog", 252: "affenpinscher dog", 253: "basenji dog",
    255: "Leonberger dog", 256: "Newfoundland dog", 257: "Great Pyrenees dog", 258: "Samoyed dog", 259: "Pomeranian dog",
    260: "chow chow dog", 261: "keeshond dog", 262: "Brussels griffon dog", 263: "Pembroke corgi", 264: "Cardigan corgi",
    268: "Mexican hairless dog", 270: "white wolf", 274: "dhole wild dog", 275: "African wild dog", 281: "tabby cat",
    282: "tiger cat", 286: "cougar", 296: "polar bear", 313: "stick insect", 315: "praying mantis",
    321: "red admiral butterfly", 322: "ringlet butterfly", 323: "monarch butterfly", 324: "white butterfly",
    325: "yellow butterfly", 326: "blue butterfly", 330: "cottontail rabbit", 332: "Angora rabbit", 339: "brown horse",
    341: "pig", 348: "ram sheep", 349: "bighorn sheep", 354: "camel", 358: "polecat", 380: "titi monkey",
    383: "lemur", 384: "indri lemur", 387: "red panda", 389: "barracuda", 391: "salmon", 392: "tropical fish",
    393: "clownfish", 395: "garfish", 397: "pufferfish", 408: "amphibious vehicle", 410: "beehives", 412: "trash can",
    418: "ballpoint pen", 419: "adhesive bandage", 421: "banister", 428: "wheelbarrow", 436: "station wagon",
    437: "lighthouse", 439: "bearskin hat", 442: "bell tower", 444: "tandem bicycle", 446: "ring binder",
    450: "bobsled", 452: "bonnet hat", 455: "bottle cap", 456: "hunting bow", 458: "memorial plaque",
    459: "bra", 463: "bucket", 468: "taxi", 469: "cauldron", 474: "cardigan sweater", 477: "tool kit",
    478: "cardboard box", 480: "cash machine", 487: "cell phone", 489: "chain-link fence", 492: "chest of drawers",
    493: "dresser", 494: "wind chime", 502: "clogs", 506: "coil", 509: "candy store", 511: "convertible car",
    513: "cornet", 516: "cradle", 517: "construction crane", 519: "wooden crate", 521: "slow cooker",
    524: "body armor", 528: "rotary phone", 533: "dishcloth", 535: "disc brake", 537: "dog sled", 540: "oil rig",
    542: "drumstick", 547: "electric locomotive", 553: "filing cabinet", 554: "fireboat", 556: "fire screen",
    564: "four-poster bed", 565: "freight train", 570: "gas mask", 575: "golf cart", 576: "gondola boat",
    584: "hair clip", 586: "half-track", 588: "hamper", 589: "hair dryer", 590: "handheld computer",
    592: "hard disk", 595: "combine harvester", 596: "axe", 601: "hoop skirt", 602: "gymnastics bar",
    605: "music player", 606: "clothes iron", 608: "jeans", 610: "T-shirt", 612: "rickshaw", 628: "ocean liner",
    630: "loafer shoe", 633: "magnifying glass", 634: "sawmill", 635: "compass", 638: "swimsuit",
    639: "one-piece swimsuit", 641: "maracas", 648: "medicine cabinet", 661: "antique car", 664: "computer monitor",
    667: "graduation cap", 669: "mosquito net", 670: "motor scooter", 672: "tent", 673: "computer mouse",
    676: "dog muzzle", 677: "metal nail", 680: "baby bottle nipple", 681: "notebook computer", 687: "pipe organ",
    689: "overskirt", 692: "packet", 693: "paddle", 694: "paddle wheel", 697: "pajamas", 699: "pan flute",
    705: "railway carriage", 707: "payphone", 714: "pickaxe", 715: "spiked helmet", 717: "pickup truck",
    724: "pirate ship", 726: "carpenter's plane", 728: "plastic bag", 729: "dish rack", 730: "plow",
    732: "instant camera", 733: "pole", 737: "soda bottle", 738: "flower pot", 742: "printer", 746: "hockey puck",
    747: "punching bag", 751: "race car", 752: "racket", 757: "motorhome", 758: "reel", 759: "camera",
    761: "remote control", 767: "eraser", 769: "ruler", 771: "safe", 776: "saxophone", 778: "weighing scale",
    782: "screen", 788: "shoe store", 789: "Japanese sliding door", 800: "slot machine", 801: "snorkel",
    807: "solar panel", 810: "space bar", 816: "spindle", 818: "spotlight", 824: "stole scarf", 829: "tram",
    831: "sofa bed", 836: "sunglasses", 837: "sunglasses", 840: "mop", 842: "swimming trunks", 844: "light switch",
    847: "military tank", 850: "teddy bear", 853: "thatched roof", 854: "theater curtain", 856: "threshing machine",
    862: "torch", 864: "tow truck", 865: "toy store", 867: "semi-trailer truck", 876: "bathtub",
    878: "typewriter keyboard", 881: "upright piano", 882: "vacuum cleaner", 884: "vaulted ceiling", 885: "velvet",
    895: "fighter jet", 896: "sink", 897: "washing machine", 905: "window blind", 906: "necktie",
    908: "airplane wing", 911: "wool", 912: "split-rail fence", 913: "shipwreck", 914: "sailboat", 916: "website",
    921: "book cover", 925: "clear soup", 929: "popsicle", 930: "baguette", 934: "hot dog", 936: "cabbage",
    946: "cardoon", 948: "green apple", 958: "hay", 962: "meatloaf", 964: "pot pie", 970: "mountain",
    975: "lakeside", 976: "headland", 977: "sandbar", 978: "seashore", 981: "baseball player", 982: "bridegroom",
    984: "rapeseed field", 986: "lady's slipper orchid", 987: "corn", 989: "rose hip", 990: "horse chestnut",
    992: "agaric mushroom", 993: "false morel mushroom", 994: "stinkhorn mushroom", 995: "earthstar mushroom",
    996: "hen of the woods mushroom", 997: "bolete mushroom", 998: "ear of corn", 999: "toilet paper",
}
# Where torchvision's name is not one of the synset's own words.
WORDS = {134: "crane", 639: "maillot", 836: "sunglass", 638: "maillot", 99: "goose", 455: "bottlecap"}

# COCO class -> (word, sense number in WordNet's order).
COCO = {
    "person": ("person", 1), "motorcycle": ("motorcycle", 1), "airplane": ("airplane", 1), "train": ("train", 1),
    "bird": ("bird", 1), "cow": ("cow", 1), "bear": ("bear", 1), "tie": ("necktie", 1), "skis": ("ski", 1), "sports ball": ("ball", 1),
    "kite": ("kite", 3), "baseball bat": ("baseball bat", 1), "surfboard": ("surfboard", 1),
    "wine glass": ("wineglass", 1), "cup": ("cup", 1), "orange": ("orange", 1), "hot dog": ("hot dog", 3),
    "donut": ("doughnut", 2), "cake": ("cake", 3), "potted plant": ("houseplant", 1),
    "dining table": ("dining table", 1), "banana": ("banana", 2), "toaster": ("toaster", 2), "stop sign": ("street sign", 1), "toilet": ("toilet", 2), "tv": ("television", 2), "mouse": ("mouse", 4), "remote": ("remote", 1),
    "keyboard": ("keyboard", 1), "cell phone": ("cellular telephone", 1), "microwave": ("microwave", 2),
    "sink": ("sink", 1), "book": ("book", 1), "clock": ("clock", 1), "scissors": ("scissors", 1),
    "teddy bear": ("teddy", 1), "hair drier": ("hand blower", 1), "couch": ("couch", 1), "bowl": ("bowl", 3),
    "bench": ("bench", 1), "bottle": ("bottle", 1), "chair": ("chair", 1), "bed": ("bed", 1), "boat": ("boat", 1), "oven": ("oven", 1), "knife": ("knife", 1), "apple": ("apple", 1),
    "carrot": ("carrot", 3), "broccoli": ("broccoli", 2), "baseball glove": ("baseball glove", 1),
}
COCO_LABELS = """person|bicycle|car|motorcycle|airplane|bus|train|truck|boat|traffic light|fire hydrant|stop sign|parking meter|bench|bird|cat
dog|horse|sheep|cow|elephant|bear|zebra|giraffe|backpack|umbrella|handbag|tie|suitcase|frisbee|skis|snowboard|sports ball|kite|baseball bat
baseball glove|skateboard|surfboard|tennis racket|bottle|wine glass|cup|fork|knife|spoon|bowl|banana|apple|sandwich|orange|broccoli|carrot
hot dog|pizza|donut|cake|chair|couch|potted plant|bed|dining table|toilet|tv|laptop|mouse|remote|keyboard|cell phone|microwave|oven|toaster
sink|refrigerator|book|clock|vase|scissors|teddy bear|hair drier|toothbrush""".replace("\n", "|").split("|")
# Words that people use and WordNet does not list there.
MORE = {
    "person": ["people", "man", "woman", "child"], "tv": ["television set", "TV"], "couch": ["sofa"], "donut": ["doughnut"],
    "cell phone": ["phone", "smartphone", "mobile phone"], "motorcycle": ["motorbike"], "airplane": ["plane", "aircraft"],
    "bicycle": ["bike"], "sports ball": ["ball"], "hair drier": ["hair dryer", "hairdryer"], "tie": ["necktie"],
    "potted plant": ["plant", "houseplant"], "stop sign": ["sign"], "handbag": ["purse", "bag"], "suitcase": ["luggage"],
    "refrigerator": ["fridge"], "remote": ["remote control"], "mouse": ["computer mouse"],
}

# Too general to be looked for.
GENERAL = set("""entity physical_entity object whole artifact instrumentality matter substance abstraction thing unit part causal_agent
psychological_feature attribute relation group measure living_thing organism being chordate vertebrate craniate mammalian mammal placental
eutherian_mammal unit_of_measurement cause physical_object artefact device implement equipment covering structure construction commodity
trade_good good consumer_goods content instrumentation invertebrate container solid communication indefinite_quantity natural_object
vascular_plant tracheophyte plant_organ plant_part plant_structure reproductive_structure way passage opening line surface
transport conveyance mechanism mechanical_device durables durable_goods consumer_durables household_appliance home_appliance
gnathostome teleost_fish bony_fish soft-finned_fish arthropod placental_mammal even-toed_ungulate odd-toed_ungulate
artiodactyl ungulate hoofed_mammal aquatic_vertebrate diapsid diapsid_reptile anapsid unguiculate percoid_fish
carnivore animal_tissue spermatophyte angiosperm phanerogam seed_plant flowering_plant dicot support supporting_structure
protective_covering protective_cover protection fastener holdfast fastening restraint constraint obstruction barrier foodstuff nutrient
food_product produce green_goods garden_truck nourishment sustenance nutriment victuals aliment alimentation nutrition
creation product production work piece_of_work geological_formation formation body_of_water elevation natural_elevation machine
wheeled_vehicle self-propelled_vehicle craft vessel watercraft motor_vehicle automotive_vehicle area paper material fabric
canine canid feline felid domestic_animal domesticated_animal working_dog hunting_dog toy_dog toy sporting_dog gun_dog
primate anthropoid simian ape animate_being creature beast brute fauna animalia living
animate_thing abstract_entity eutherian malacopterygian teleost teleostan bovid article ware
somebody someone mortal soul individual organ body ingredient fixings starches dish course""".split())


def noun_data(folder):
    synsets = {}
    with open(folder / "data.noun", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("  "):
                continue
            fields = line.split(" | ")[0].split()
            count = int(fields[3], 16)
            words = [fields[4 + 2 * i] for i in range(count)]
            rest = fields[4 + 2 * count :]
            pointers = [rest[1 + 4 * i : 5 + 4 * i] for i in range(int(rest[0]))]
            above = [int(p[1]) for p in pointers if p[0] in ("@", "@i") and p[2] == "n"]
            synsets[int(fields[0])] = (words, above)
    senses = {}
    with open(folder / "index.noun", encoding="ascii") as lines:
        for line in lines:
            if not line.startswith("  "):
                fields = line.split()
                senses[fields[0]] = [int(offset) for offset in fields[-int(fields[2]) :]]
    return synsets, senses


def spaced(word):
    return word.replace("_", " ")


def rising(candidates):
    """One offset a class so that as many as can be rise from class to class; None for the others."""
    best = []  # (length, offset, class, index of the one before)
    for position, offsets in enumerate(candidates):
        new = []
        for offset in offsets:
            before = max((i for i, b in enumerate(best) if b[1] < offset), key=lambda i: best[i][0], default=None)
            new.append((1 if before is None else best[before][0] + 1, offset, position, before))
        best += new
    chosen = [None] * len(candidates)
    index = max(range(len(best)), key=lambda i: best[i][0])
    while index is not None:
        _, offset, position, index_before = best[index]
        chosen[position] = offset
        index = index_before
    return chosen


def is_usual(word, offset, senses):
    """Whether people who write the word often mean this synset: one of its first two senses."""
    return offset in senses.get(word.lower(), [])[:2]


def row(name, offset, synsets, senses, more=()):
    synonyms, above = [], []
    if offset is not None:
        words, parents = synsets[offset]
        synonyms = [spaced(w) for w in words if is_usual(w, offset, senses)]
        seen = set()
        while parents and parents[0] not in seen:
            seen.add(parents[0])
            above_offset = parents[0]
            words, parents = synsets[above_offset]
            usual = [w for w in words if is_usual(w, above_offset, senses)]
            kept = [spaced(w) for w in usual if w.lower() not in GENERAL and w.lower() == w]
            if kept:
                above.append(",".join(kept[:3]))
    synonyms = list(dict.fromkeys(w for w in [*more, *synonyms] if w.lower() != name.lower()))
    return "\t".join([name, "|".join(synonyms), "|".join(above)])


def main():
    folder, labels_file, imagenet_file, coco_file = map(Path, sys.argv[1:5])
    synsets, senses = noun_data(folder)
    labels = json.loads(labels_file.read_text(encoding="utf-8"))

    def candidates(index, label):
        word = WORDS.get(index, label).lower().replace(" ", "_")
        return senses.get(word) or senses.get(word.replace("-", "")) or senses.get(word.replace("_", "-")) or []

    chosen = rising([candidates(i, label) for i, label in enumerate(labels)])
    missing = [label for label, offset in zip(labels, chosen) if offset is None]
    print(f"{len(missing)} ImageNet classes without a synset: {missing}", file=sys.stderr)
    rows = [
        row(NAMES.get(i, label), chosen[i], synsets, senses, [label] if i in NAMES and WORDS.get(i) is None else [])
        for i, label in enumerate(labels)
    ]
    imagenet_file.write_text("\n".join(rows) + "\n", encoding="utf-8")

    rows = []
    for label in COCO_LABELS:
        word, sense = COCO.get(label, (label, 1))
        offsets = senses.get(word.replace(" ", "_"), [])
        offset = offsets[sense - 1] if len(offsets) >= sense else None
        if offset is None:
            print(f"no synset for {label}: {offsets}", file=sys.stderr)
        rows.append(row(label, offset, synsets, senses, MORE.get(label, [])))
    coco_file.write_text("\n".join(rows) + "\n", encoding="utf-8")


main()
