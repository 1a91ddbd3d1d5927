extension WordList {
    /// All words in alphabetical order, with white space between. A literal is part of the program
    /// and costs nothing at its start.
    ///
    /// Chosen so that a word heard, read or typed wrongly is not another one: 4 to 8 letters, no
    /// two with the same first four letters, no two that differ by one letter or by two letters
    /// exchanged, no plurals, and few that sound alike. The list is part of the protocol: two
    /// versions with different words could not read each other's codes.
    static let text = """
        abacus ability aboard about above abroad accept account accurate achieve acid acorn acoustic
        acrobat address adjust admire adobe adopt adult advance affair afford after again agency
        agile agree ahead aircraft airline airport alarm album alcove alert algebra alien alive
        allow almanac almost alone alpha alpine already also altitude aluminum amazing amber ambient
        amino amount amuse anagram analog anatomy anchor ancient android animal ankle annex announce
        annual another answer antenna anthem antique antler anvil anyone apart apology apparel apple
        april apron aquarium arcade archive arctic arena argue armada armchair armory army aroma
        arrange arrival artery artisan artwork ascend aside asleep aspect asphalt assemble asteroid
        astonish athlete atlas atomic attach attic auburn auction audio august aunt aurora author
        autumn avatar avenue average aviation avocado avoid awake away awesome awning axis azure
        baboon backpack badger bagel baggage bagpipe bakery balance balcony balloon bamboo banana
        bandage banjo banner banquet barber bargain barista barley barnacle barrel basalt baseball
        basic basket bassoon bathtub battery bayou bazaar beacon beagle beauty beaver bedrock
        bedtime beehive beetle begin behind bellows belong bench benefit berry beside best better
        beverage bicycle billion binary biology bird birthday biscuit bishop bison bistro black
        blade blanket blazer bleach blend bless blimp blink blister blizzard blossom blouse blue
        bluff blunder bobbin bobcat bobsled body boiler bonfire bongo bonnet bonus book boost booth
        border borrow botany bottom boulder boundary bouquet bowling boxcar bracket brass brave
        breeze brewery brick bridge brief bright broccoli bronze broom brother brown brunch brush
        bubble bucket budget buffalo bugle build bulb bumper bundle bungalow bunker burger burlap
        business busy butcher butler button bypass cabbage cabinet cable cactus caddy calcium
        calendar calico calm calorie calypso camera campus canary canopy canteen canvas canyon
        capable cape capital capsule captain caravan carbon card career cargo carnival carpet carrot
        cartoon cascade cashew casino cassette castle casual catalog cavalry caviar cedar ceiling
        celery cement census century ceramic ceremony certain chair chalk champion change chapter
        charcoal cheetah chestnut chevron chicken chief child chimney chipmunk chisel choice choose
        chorus chrome chunk church cicada cinema cinnamon circuit citizen citrus city civic clamp
        clarinet class clay clerk clever client cliff climate clinic clip cloak cloth clown club
        cluster clutch coach coastal cobalt cobbler cobra cobweb cocktail coconut codex coffee
        colony column combine comedy comfort command complete comrade concert condor confirm
        congress connect console contact convoy copper cordial cork corner correct cosmic cost
        cottage cougar couple courage cousin cowboy coyote crack cradle craft crane crater crayon
        create credit crescent cricket crimson crisp critic crocus cross crowd crucial cruise crumb
        crystal cubic cuckoo cucumber cuddle culture cupboard cupcake curator curious current curve
        cushion custom cutlery cyclone cylinder cypress dahlia daisy dance dandy danger dark darling
        daughter daylight daytime dazzle debate debut decade decimal decline decorate deep defend
        degree delay delegate deliver delta demand denim depart deploy deposit depth deputy derby
        describe desert design desk detail detect develop device devote dewdrop diagram dial diamond
        diary diet differ digest digital dignity dimple dingo dinosaur diorama diploma discuss
        display distant diver divide doctor document dollar dolphin domain domestic domino donate
        donkey donor doorbell dormouse dose down dozen dragon drainage drama dream dress drift drill
        drink drive drizzle drop duck dugout duke dumpling dungeon duplex durable dust duty dwell
        dynamic eager early earmuff earnest earring earth easy echo eclipse ecology economy edible
        editor educate effect effort eggplant elapse elastic elbow elder election elegant element
        elephant elevator elite email embassy emblem emerald emissary emotion emperor employ empty
        enable enamel enchant encore endless energy engage engine enhance enigma enjoy enlist
        enormous enrich ensemble enter entire entrance envelope envy epic episode equator erase
        erode errand escape espresso estate eternal evening evoke evolve exact example exchange
        excite excuse exercise exhale exhibit exist exotic expand expert explain express extend
        extra eyebrow eyelash fabric facade face factor fairy falcon fall family famous fancy
        fanfare fantasy farmland farther fashion fathom faucet feast feature february federal feed
        feline fellow felt fence ferret festival fetch fiction fiesta fifty film filter find finish
        firefly fitness fixture fjord flag flamingo flannel fleece flexible flicker flight flint
        float flock floor florist fluent fluffy fluid flutter focus foliage fondue football forest
        fortune forum forward fossil foster fourteen foxglove fragment frame freckle freedom fresco
        friend fringe frog frontier frost frozen fruit fudge funny furnace fuse fusion future fuzzy
        gadget galaxy gallery gander garage garden garland garment garnet gate gather gazelle gear
        gecko gelatin general genius genuine geology geometry gerbil germ gesture geyser ghost giant
        gift gigantic giggle giraffe gizmo glacier glad glance gleam glimpse glitter globe gloom
        glory glossary glucose goal goblin golden gondola goose gopher gorilla gossip gourmet govern
        grace graduate grammar granite graphic grasp greenery griddle grip grocery group grove grow
        guard guava guess guide guitar gulf gumdrop guppy guru gymnast hacksaw haddock half halibut
        hallway hamlet hammock hamper hamster handle happy hardware harmony harness harpoon harvest
        hatchet haven hawk haystack hazard hazel headline healthy heart heavy hectic hedgehog height
        helium helmet hemlock hemp herald heritage hermit heron herring hexagon hiccup hickory
        hidden highway hilltop hinge hippo history hockey hoist hold holiday hollow homage home
        honest hopeful horizon horse hospital hotel hover hubcap human humble humpback hunger hurdle
        hurry husband husky hutch hyacinth hybrid hydrogen hyena iceberg icicle ideal identity igloo
        ignite ignore iguana imagine impact imperial import improve include index indigo indoor
        industry inflate inform inhale inlet input inquiry insect insignia inspire instant intercom
        invent invite involve iodine iota iris iron island isolate italic item ivory jacket jade
        jaguar jamboree janitor january jasmine jasper javelin jazz jeans jelly jersey jester jewel
        jigsaw jogger join joke journal jubilee jukebox july jump junction jungle juniper jupiter
        justice kangaroo karate kayak kebab keen keeper kelp kennel ketchup keyboard keyhole
        keystone kickoff kidney kilogram kimono kindle kinetic king kiosk kitchen kitten kiwi
        knapsack kneecap knitwear koala ladder ladle ladybug lagoon land language lantern laptop
        larch lasagna lasso laugh laundry laurel lava lavender lawyer layout lazy league learn leash
        leather lecture left legacy legend lemon lemur length lens lentil leopard lesson lettuce
        level liberty library lichen lifeboat lighter lilac lilypad lime limit limpet linen linguist
        lion lipstick liquid literal lithium little llama lobby lobster local locker locust lodge
        logbook logic long lookout loop lounge love loyalty lozenge lucky luggage lukewarm lullaby
        lunar luxury lynx lyric macaroni machine mackerel magazine magenta magic magnet magpie
        mahogany maiden mailbox majesty major make mammoth manatee mandolin mango mansion mantle
        manual maple marathon marble margin marina market marmot marriage marsh martian marvel
        marzipan mascot mason massive master material matinee matrix mattress maximum maybe meadow
        meal measure mechanic medley melody member memory mention menu merchant merge merlin mermaid
        message metaphor meteor method metro micro middle midnight might migrate mileage milk millet
        mimic mineral mingle minimum mint miracle mirror mission mixer mobile modern module moisture
        molar molecule moment monarch monitor monsoon month monument moon moped moreover morning
        mortar mosaic mosquito moss mother motorist mountain mouse movement movie much mudguard
        muffin mulberry mule multiply mural museum mushroom music muskrat muslin mustard myself
        mystery myth name nanny napkin narrow narwhal nation nature nautical navigate navy nearby
        nebula necklace nectar needle neon nephew neptune nerve network neutral newborn nickel niece
        nightcap nimble ninety ninja nobility noble nocturne noise nomad noodle normal north nostril
        notable notch notebook notice nougat noun novelty nozzle nugget number nursery nutmeg
        nutrient nutshell nylon oasis oath oatmeal obelisk object oboe observe obsidian obstacle
        ocean ocelot octagon october odyssey offer office offline ointment okay olympic omega omelet
        online onshore onward onyx opera opinion opossum option opus oracle orange orator orbit
        orchard ordinary oregano organ orient origin oriole ornament osmosis osprey ostrich otter
        ounce outdoor outfit outline output outside oval overcoat oxygen oyster ozone pacific
        package padlock page pagoda palace pancake panda panel pantheon papaya paprika papyrus
        paradox parcel parent parish parlor parsley partner passage pastel pathway patina patrol
        pattern pause pavement pavilion payment peacock peanut pearl pebble pecan pelican pencil
        pendant penguin peony people pepper percent perfect period person pestle petal petunia
        pewter phantom pharmacy pheasant phoenix phone photo phrase physics piano piccolo picnic
        picture pigeon pigment pilgrim pillow pinball pine pinnacle pinwheel pioneer pipeline pirate
        piston pitch pivot pixel pixie pizza placard plankton plaster platypus playful plaza please
        pledge plenty pliers plot plumber plus plywood pocket podcast podium poem poetry point
        polish polka polygon poncho pond popcorn poplar poppy porridge portrait postcard potato
        pottery pouch powder powerful prairie prawn prelude prepare pretzel pride primer prince
        prism private program project promise proof property prowl publish pudding pueblo pulse puma
        pumice punch pupil puppet purchase pure purple push putty puzzle pyramid python quail
        quality quarter queen quench quest quick quiet quince quiver quiz quokka quote rabbit
        raccoon radar radiant rail raindrop raisin rally ramble ramp ranch random rapid rascal
        rattle ravioli razor reach ready reality rebound rebuild recall receive recital record
        recycle redwood referee refine reflect reform refresh refuge region reindeer relax release
        relief remedy remind remote renew rent repair repeat replace report reptile republic request
        rescue research resource restore retina retreat return reunion reveal review reward rhino
        rhubarb rhythm ribbon ricotta rigid ringlet ripple risotto rival rivet robust rodeo romance
        rooftop rookie rooster rope rosemary rotate rowboat royal rubber rucksack rudder rugby ruler
        runway russet rustic saber saddle safari safe saffron saga salad salmon salsa salt salute
        sample sandwich sapling sapphire sardine satchel satisfy saturn saucer sauna sausage savanna
        sawdust sawmill scaffold scallop scarf scatter scenery schedule schooner science scissors
        scooter scorpion scout scramble screen script scroll scrub sculptor seafood seahorse search
        seashell seaweed second secret sector seesaw segment select semester seminar sentry sequoia
        serene sergeant serpent service sesame session setup seven shadow shampoo shape shelf
        shepherd sheriff shield shingle shipyard shirt shore shoulder shovel show shred shrimp
        shuffle shutter sibling sidewalk sienna sieve sigh signal silence silicon silver since
        singer siphon siren sister sitar sixteen size skate skeleton sketch skewer skin skipper
        skull skunk skylight slab slalom sled sleeve slide slim slogan slope slug small smile smith
        smooth snack snail snap sniff snippet snorkel snowfall soccer social soda soil soldier solid
        solo solstice solution sombrero sonar songbird sonic sorbet sorrel sound south souvenir
        space spaniel spark spatula special speech spell sphere sphinx spider spindle spiral splash
        splendid split spoke sponge spoon spot spray spread spring sprout spruce square squirrel
        stable stadium staff stage stallion stamp stand stapler starfish statue stay steam steeple
        stellar stencil stereo still stock stomach stone stool stopover story straw street strike
        strong struggle student sturdy submit subtle suburb subway success suede suffix sugar
        suggest suit sulfur summer sunburn sundown sunlight sunrise sunshine super support surfer
        surprise surround survey sushi swallow swan swarm sweater swift swimmer swing switch swivel
        sword sycamore syllable symphony synapse syrup system tabletop tackle taco tactic tadpole
        taffy tailwind takeover talent talon tambour tangle tapestry target tarragon task taste
        tavern taxi teacher teak teammate teapot teaspoon teenager telegram temple tenant tender
        tennis tension terrace textbook thank thatch theater theme theory thermal thimble third
        thistle thorn thousand thread thrive throat thumb thunder thursday tiara ticket tidal tiger
        timber timeline tinsel tiny tiptoe tissue titan toad today toddler tofu together token
        tollgate tomato tomorrow tongue toolbox topaz topic topmost topsoil torch tornado tortoise
        totem toucan tourist tower township traction trade traffic transfer trapeze travel treasure
        treble treetop trek trellis trend triangle tricky trident trigger trilogy trinity trio
        triple triumph trivia trolley trombone tropical trouble truck true truffle trumpet trust
        truth tube tuesday tugboat tulip tumbler tuna tundra tunnel turbine turkey turmeric turnip
        turtle tutorial tuxedo tweezer twelve twenty twice twig twilight twinkle twirl twist type
        typhoon typist ukulele ultra umbrella umpire uncle unicorn uniform union unique unit
        universe unknown unlock unpack unplug unveil unzip upbeat update upgrade uphill upland
        uplift upload upper upright upstairs upward urban urchin urgent useful usher utensil utopia
        vaccine vacuum vagabond valet valve vanilla vapor vault vehicle velvet vendor veranda
        version vessel veteran vibrant victory video view village vineyard vintage vinyl violet
        virtual visa visit visual vitamin vivid voice volcano volley volume vote voucher vowel
        voyage wafer waffle wagon waiter walkway wallaby walnut walrus waltz warbler wardrobe warmth
        warrior washer wasp watch wave waxwing wealth weasel website wedding wedge weekend welcome
        western wetland wetsuit wharf wheat whisker wicker widget width wife wildlife windmill
        wingspan wink winter wisdom wish wisteria wizard wolf wombat wonder woodland workshop world
        worm woven wreath wren wrestle wrist yachting yarn yearbook yeti yodel yoga yogurt yucca
        zebra zenith zephyr zigzag zinc zinnia zodiac zoom zucchini
        """
}
