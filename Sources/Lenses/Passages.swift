/// Plain English of many kinds, written for this program: stories, news, science, letters, law, recipes, talk. Each is longer than
/// 128 tokens of the vocabularies that we know.
enum Passages {
  static let all = [
    """
    The harbour master walked the length of the pier before sunrise, as he had done every morning for \
    nineteen years. Two trawlers had come in during the night and lay low in the water, their decks \
    still wet. He wrote down their names, the hour, and the state of the tide, then stopped beside the \
    third bollard, where a rope had been cut cleanly through. Nobody in the village owned a knife that \
    sharp except the sailmaker, and the sailmaker had been ill since Sunday. He turned the end of the \
    rope over in his hands, put it in his coat pocket, and decided to say nothing until the ferry had \
    left. By noon the whole town knew about it anyway.
    """,
    """
    Photosynthesis takes place in two stages. In the first, pigments in the membranes of the chloroplast \
    absorb light and pass the energy to a pair of special chlorophyll molecules, which give up \
    electrons. These travel along a chain of carriers, and protons are pumped across the membrane as \
    they go. The gradient drives an enzyme that makes ATP. Water is split to replace the lost electrons, \
    and oxygen is released. In the second stage, which needs no light, the plant uses ATP and a reduced \
    carrier to fix carbon dioxide into sugars. The key enzyme of this cycle is slow and makes mistakes, \
    so leaves contain a great deal of it. It may be the most abundant protein on Earth.
    """,
    """
    To make a simple loaf, mix five hundred grams of strong flour with ten grams of salt and seven grams \
    of dried yeast. Add three hundred and twenty grams of lukewarm water and stir until no dry flour is \
    left. Let the dough rest for twenty minutes, then knead it on a clean surface for about ten minutes, \
    until it is smooth and springs back when pressed. Put it in an oiled bowl, cover it, and leave it in \
    a warm place until it has doubled in size. Shape it, let it rise again for forty minutes, and bake \
    it in a very hot oven with a tray of water below. It is done when the bottom sounds hollow.
    """,
    """
    The city council voted on Tuesday evening to close the old tram depot on Mill Street and to build \
    two hundred flats in its place. The decision followed three hours of debate in front of a full \
    gallery. Supporters said that the depot had stood empty for a decade and that rents in the district \
    had risen by a third. Opponents, among them the local history society, argued that the brick hall \
    from 1904 should be kept as a market. The mayor promised that the facade would be preserved and that \
    half of the flats would be let at controlled prices. Work is expected to begin in spring, once the \
    soil has been tested for oil and lead.
    """,
    """
    Let n be a positive integer, and suppose that the square root of two could be written as a fraction \
    p over q in lowest terms. Then p squared equals two times q squared, so p squared is even, and \
    therefore p itself is even. Write p as two times r. It follows that four r squared equals two q \
    squared, so q squared equals two r squared, and q is even as well. But then p and q have the common \
    factor two, which contradicts the assumption that the fraction was in lowest terms. Hence no such \
    fraction exists, and the square root of two is irrational. The same argument works for the square \
    root of any prime number.
    """,
    """
    "You said you would be here at six," she said without looking up from the map. "I said around six," \
    he answered, and put the wet umbrella behind the door. "Around six is not twenty past seven." He sat \
    down on the other side of the table and tried to read the map upside down. "Have you found the \
    valley?" "I found three valleys with that name. One of them is under a reservoir now." She drew a \
    small circle with her pencil. "This one has a chapel, and the letter mentions a chapel." He leaned \
    forward. "Then we start there. How long is the drive?" "Four hours, if you leave on time," she said, \
    and this time she smiled.
    """,
    """
    Dear Professor Lindqvist, thank you for your letter of the ninth and for the enclosed samples. We \
    have now examined all six of them under the microscope. Four show the layered structure that you \
    described, while numbers two and five appear to be ordinary quartz with small inclusions of iron. I \
    would be grateful if you could tell us at which depth each sample was taken, since the labels had \
    come loose in the post. Our laboratory will be closed for repairs in the last two weeks of August, \
    but we could carry out the chemical analysis in September at no cost. Please let me know whether \
    this would still be in time for your report. With kind regards, Helena Moreau.
    """,
    """
    In the late fifteenth century, printers in Venice produced more books than those of any other city \
    in Europe. Paper came from mills on the mainland, type was cast by goldsmiths, and merchants carried \
    bound volumes along the same routes as spices and silk. The most famous of these printers, Aldus \
    Manutius, published Greek classics in small formats that could be held in one hand, and his workshop \
    gave us the semicolon and italic type. Prices fell quickly. A student who might once have owned \
    three manuscripts could now buy thirty printed books. Censors and rival publishers soon followed, \
    and the senate granted some of the first privileges that resemble a modern copyright.
    """,
    """
    The function takes a list of numbers and returns the index of the largest one. It begins by checking \
    that the list is not empty, because an empty list has no largest element, and raises an error in \
    that case. Then it keeps two variables, the best value so far and its position, and walks through \
    the rest of the list once. Whenever it meets a strictly greater value, it updates both. Because the \
    comparison is strict, the first of several equal maxima wins. The running time is linear in the \
    length of the list and the memory is constant. A recursive version is shorter to write, but it uses \
    a stack frame for every element and fails on long inputs.
    """,
    """
    Glaciers move because ice under pressure deforms like a very stiff liquid. The weight of new snow on \
    the upper slopes pushes the ice below it downhill, a few centimetres a day in cold regions and many \
    metres in steep, wet ones. Where the bed is warm enough, a film of water lets the whole mass slide. \
    Rocks frozen into the base scratch the ground and grind it into a pale powder that colours the lakes \
    below. When the climate warms, the front melts faster than ice arrives from above, and the glacier \
    appears to retreat, although the ice itself never moves backwards. What it leaves behind are long \
    ridges of rubble that show how far it once reached.
    """,
    """
    Court is adjourned until two o'clock, the judge announced, and the usher opened the tall doors. In \
    the corridor the lawyers divided into small groups and lowered their voices. The witness, a retired \
    accountant, had contradicted himself twice about the date on which the contract was signed. If it \
    had been signed in March, the company had already known about the leak and was liable for the \
    damage. If it had been signed in May, the insurer would have to pay. Everything now depended on a \
    single invoice that both sides had overlooked for a year. A young clerk was sent running to the \
    archive with a slip of paper, and nobody went to lunch.
    """,
    """
    The orchestra rehearsed the slow movement four times and was still not satisfied. The oboe entered a \
    fraction too early, the cellos dragged after the second theme, and the conductor, who rarely raised \
    his voice, put down his baton and asked everyone to listen to the silence between the phrases. "It \
    is written there," he said, "in the rests." He counted aloud, the strings played the passage without \
    vibrato, and suddenly the melody that had seemed sentimental sounded like someone speaking in an \
    empty room. They kept it that way for the concert. One critic called the tempo reckless, another \
    wrote that he had never heard the piece before, although he had reviewed it eleven times.
    """,
    """
    An interest rate is the price of borrowing money for a period of time. When a central bank raises \
    its rate, commercial banks pay more for short loans and pass the cost on to their customers. \
    Mortgages become dearer, firms postpone investments, and households save a little more. Demand \
    falls, and after some months prices rise more slowly. The currency often strengthens, since foreign \
    investors receive a better return, which makes imports cheaper and exports harder to sell. The \
    effects are uncertain in size and in timing. A bank that waits for clear evidence of inflation may \
    act too late, and one that acts on forecasts may cause a recession that nobody needed.
    """,
    """
    When the patient arrived she had a fever of thirty-nine degrees, a dry cough and a sharp pain on the \
    right side when she breathed in. Her blood pressure was normal, her pulse was fast, and the oxygen \
    in her blood was slightly low. The doctor listened to her chest, heard crackles at the base of the \
    right lung, and ordered an X-ray and a blood count. Both pointed to a bacterial pneumonia. She was \
    given an antibiotic by mouth and asked to drink plenty of water. Because she lived alone and was \
    seventy-two years old, she stayed on the ward for two nights. On the third day the fever had gone, \
    and she walked to the bus herself.
    """,
    """
    Once, in a kingdom at the edge of a great forest, there lived a clockmaker who had three daughters. \
    The eldest could repair any clock, the second could build a new one from memory, and the youngest \
    could tell the hour without looking at the sky. One winter the king's clock stopped at midnight, and \
    with it the snow stopped in the air. No one grew older and no bread would rise. The eldest daughter \
    took the clock apart and found nothing wrong. The second built another, and it stood still as well. \
    Then the youngest laid her ear against the tower and said that the clock was not broken but afraid, \
    and that somebody must tell it what came next.
    """,
    """
    The transit van left the motorway at junction eleven and followed the river for six miles. Rain had \
    turned the verges to mud, and at the bridge a policeman in a yellow jacket was waving the traffic \
    through one lane at a time. Marta checked the address again. The warehouse was supposed to be behind \
    a timber yard, but the satellite picture showed only trees. Her phone had lost its signal an hour \
    ago. She parked beside a closed petrol station, took the torch from the glove box and walked to the \
    gate. It was not locked. Behind it stood forty wooden crates under a tarpaulin, each with the same \
    red stamp and last week's date.
    """,
    """
    Bees of many species visit the same meadow, yet they divide its flowers with surprising order. Long- \
    tongued bumblebees take the deep blossoms of clover and foxglove, small solitary bees prefer open \
    daisies, and honeybees collect wherever a scout has found a rich patch. The division changes during \
    the day, as nectar runs low in one plant and begins to flow in another. When researchers removed a \
    single bumblebee species from their plots for a summer, the remaining bees spread to more kinds of \
    flowers, carried more mixed pollen, and the plants set a third fewer seeds. The experiment suggests \
    that the loss of one pollinator can weaken a community even when many others remain.
    """,
    """
    The rules of the game are simple. Two players take turns placing stones on the crossings of a board \
    with nineteen lines in each direction. A stone, once placed, does not move, but it is taken off the \
    board when all the empty points next to it and its connected neighbours are occupied by the \
    opponent. A player may not repeat the previous position of the whole board. The game ends when both \
    pass, and the one who surrounds more territory wins. From these few sentences grows a game so rich \
    that for decades no program could beat a strong amateur. Beginners are told to lose their first \
    fifty games as quickly as possible, and to enjoy them.
    """,
    """
    My grandmother kept the accounts of the farm in a row of blue notebooks, one for every year from \
    1931 to 1978. On the left page she wrote what was sold, on the right what was bought, and at the \
    bottom, in smaller letters, whatever had happened that could not be counted. A barn burned down and \
    was rebuilt in nine days. A brother left for Canada. In 1944 there are six pages with nothing but \
    the weather. I read them all last summer at the kitchen table, and what surprised me most was how \
    seldom she complained. The price of milk is recorded with an exclamation mark exactly once, in the \
    autumn of 1962, and I still do not know why.
    """,
    """
    An operating system gives every program the illusion that it has the whole computer to itself. The \
    processor is shared by switching between programs many times a second, and the memory by translating \
    the addresses that a program uses into places that the system has chosen. If a program touches a \
    page that is not present, the hardware stops it and hands control to the kernel, which may fetch the \
    page from disk or end the program with an error. Files, network connections and even keyboards \
    appear as numbered handles. Most of the art lies in deciding who waits: a desktop should answer a \
    key press at once, while a server should finish as many requests as it can.
    """,
    """
    Philosophers have long asked whether a ship whose planks are replaced one by one remains the same \
    ship. If it does, then what makes it the same cannot be its matter, for none of the original wood is \
    left. If it does not, then it is hard to say at which plank it ceased to be itself. The puzzle grows \
    worse when somebody collects the old planks and builds a second ship from them in the original \
    order. Some conclude that identity over time is a matter of continuous change, others that it \
    depends on our purposes and conventions. A harbour tax official, one suspects, would have no doubts \
    at all, and would send the bill to both.
    """,
    """
    The volcano had been quiet for two centuries when the springs on its northern side began to taste of \
    sulphur. A month later the first tremors woke the village of San Pedro, and geologists from the \
    capital placed instruments in the maize fields. The ground had risen by eleven centimetres. Gas \
    measurements showed that fresh magma lay perhaps four kilometres below the crater. On the second of \
    May the authorities closed the road and moved nine hundred people to schools in the valley. Ash fell \
    on the empty houses six days later, followed by a slow flow of lava that stopped just above the \
    church. Nobody was hurt, though several farmers had gone back for their animals.
    """,
    """
    Good evening, and welcome to the late news. Talks on fishing rights in the northern straits have \
    ended without agreement after both delegations rejected a last proposal from the mediators. Heavy \
    snow has closed three mountain passes, and rail services in the east are running up to ninety \
    minutes late. In sport, the national team has qualified for the final with a goal in the last minute \
    of extra time. Scientists report that a telescope in the southern desert has measured water vapour \
    in the air of a small, rocky planet forty light years away. And finally, a parrot that escaped from \
    a zoo in February has been found in a library, where it had learned to imitate the photocopier.
    """,
    """
    The tenant shall pay the rent in advance on the first working day of each month. If a payment is \
    more than fourteen days late, the landlord may charge interest at two per cent above the base rate. \
    The tenant shall keep the premises clean, shall not make structural changes without written consent, \
    and shall report any damage without delay. The landlord is responsible for the roof, the outer walls \
    and the heating system, and shall carry out repairs within a reasonable time after notice. Either \
    party may end this agreement by giving three months' notice in writing. On leaving, the tenant shall \
    return all keys and remove any furniture that does not belong to the property.
    """,
    """
    Light from a distant star passes through a narrow slit, is spread out by a grating, and falls on a \
    detector as a long coloured band. Across the band run thousands of dark lines, each at a wavelength \
    that some element in the star's atmosphere absorbs. If the star moves towards us, all lines shift \
    slightly to the blue, and if it moves away, to the red. A planet in orbit makes its star swing back \
    and forth by a few metres a second, about the speed of a cyclist. To see such a tiny motion, the \
    spectrograph is kept in a vacuum at a temperature that is constant to a thousandth of a degree, and \
    the observations go on for years.
    """,
    """
    The market opened at seven, and by half past the best peaches were gone. Old women in black coats \
    pressed the melons with their thumbs and argued about the price of beans. A boy of about ten ran \
    between the stalls with glasses of tea on a tin tray and never spilled a drop. At the fish counter a \
    man with a scar on his chin shouted the names of the catch as if they were the names of his \
    children. Behind the spices it was cooler and smelled of cinnamon and dust. I had come to buy one \
    lemon, and I left with a lamp, two kilos of figs, a live chicken in a basket, and a recipe for a \
    soup that needed all of them.
    """,
    """
    Translation is never the exchange of words for words. A proverb in one language may have no \
    counterpart in another, a polite form of address may carry a whole history of rank, and a joke may \
    rest on a sound that does not exist abroad. The translator decides again and again what to lose. She \
    may keep the rhythm and give up the pun, or save the pun and add a footnote that kills it. Readers \
    praise a version that seems to have been written in their own tongue, while scholars praise one that \
    lets the foreign grammar show through. Both are right, and no page can satisfy them at the same \
    time. Perhaps this is why great books are translated anew every fifty years.
    """,
    """
    On the fourth day of the expedition the compass froze. We had crossed the plateau by following the \
    wind, which at that season blows steadily from the south-east, but towards noon it dropped and a \
    white fog closed around the sledges. Larsen wanted to wait. I thought of the paraffin, which would \
    last for nine days, and of the depot, which lay eleven days ahead, and gave the order to go on. We \
    tied the sledges together and walked with a rope between us, calling our names at every hundred \
    steps. At three in the afternoon the dogs stopped and would not move. In front of them, half a metre \
    from the leader's paws, the ice ended in blue air.
    """,
    """
    The idea behind vaccination is to show the immune system a harmless piece of a germ before the germ \
    itself arrives. Special cells take up the piece, carry it to a lymph node and present it to millions \
    of other cells, each of which recognises a different shape. The few that fit begin to divide. Some \
    of their descendants release antibodies into the blood, and others remain for years as a memory. \
    When the real infection comes, the response that would have taken two weeks takes two days. \
    Protection is rarely perfect and may fade, so some vaccines are given again. If enough people are \
    immune, a disease finds no path from one host to the next and dies out.
    """,
    """
    Chess clubs in small towns are dying, says Ivan Petrov, and he should know, because he has presided \
    over one for forty-one years. On Thursdays there used to be thirty players in the back room of the \
    station restaurant. Now there are five, and two of them come for the dumplings. The young play on \
    their telephones, a game a minute, against strangers in Brazil. He does not blame them. But he says \
    that a game over the board is also a conversation: you see the other man's hands tremble, you hear \
    him sigh, and when you offer a draw you have to look him in the eye. Last week a girl of eight came \
    in with her father and asked if she could watch.
    """,
    """
    A bridge carries its own weight before it carries anything else. In a stone arch every block leans \
    on its neighbour, and the load travels along the curve into the ground as pure compression. A \
    suspension bridge works the other way round: the deck hangs from cables in tension, which pull on \
    two towers and on anchors buried in rock. Steel made such spans possible, for it is strong when \
    pulled, while stone is not. The engineer must also think of movement. Cables lengthen in the summer \
    heat, towers bend in storms, and wind of a certain speed can make a light deck twist in time with \
    its own vibration, as it did at Tacoma in 1940, four months after the opening.
    """,
    """
    The team shipped the new search page on Monday and watched the numbers for a week. Clicks on the \
    first result rose by four per cent, which looked like a success, but complaints about missing \
    products doubled. It turned out that the ranking model had been trained on last year's orders and \
    had never seen the items that were added in January. They appeared on page six, where no one looked. \
    The engineers added a small bonus for new items, repeated the test with half of the visitors, and \
    wrote down in advance which number would decide. After nine days the gain in clicks had shrunk to \
    one per cent, the complaints had vanished, and sales were slightly higher than before.
    """,
  ]
}
