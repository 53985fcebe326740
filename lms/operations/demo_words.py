"""Who the sample people of dated runs are, and what they wrote. Everybody and everything here is invented."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    code: str
    zone: str
    language: str
    people: str
    """Four of them, by initials of gender: `f Amina Otieno`. The first two are in the run, the others in the next."""


COUNTRIES = (
    Country("KE", "Africa/Nairobi", "en", "f Amina Otieno, m Brian Mwangi, f Wanjiru Kamau, m Peter Odhiambo"),
    Country("GH", "Africa/Accra", "en", "m Kwame Mensah, f Esi Boateng, f Abena Owusu, m Yaw Asante"),
    Country("ZM", "Africa/Lusaka", "en", "f Mutinta Banda, m Chanda Mulenga, f Thandiwe Phiri, m Mwansa Zulu"),
    Country("MW", "Africa/Blantyre", "en", "f Chikondi Banda, f Tiyamike Phiri, m Limbani Chirwa, f Mercy Gondwe"),
    Country("SN", "Africa/Dakar", "fr", "f Awa Ndiaye, m Ousmane Diop, f Fatou Sow, m Moussa Fall"),
    Country("TG", "Africa/Lome", "fr", "m Koffi Agbeko, f Afi Mensah, f Essi Lawson, m Kodjo Amouzou"),
    Country("MG", "Indian/Antananarivo", "fr", "f Lalao Rakoto, m Hery Rabe, f Voahangy Andria, m Tiana Razafy"),
    Country("MA", "Africa/Casablanca", "fr", "f Salma Bennani, m Youssef Alaoui, f Hind Tazi, m Omar Idrissi"),
    Country("TN", "Africa/Tunis", "ar", "f Ines Trabelsi, m Sami Gharbi, f Rim Jaziri, m Walid Mejri"),
    Country("EG", "Africa/Cairo", "ar", "f Nour Hassan, m Karim Mahmoud, f Dina Farouk, m Tarek Saleh"),
    Country("JO", "Asia/Amman", "ar", "f Rania Khoury, m Laith Haddad, f Sawsan Odeh, m Fadi Nasser"),
    Country("PK", "Asia/Karachi", "en", "f Sana Iqbal, m Bilal Ahmed, f Hira Shah, m Usman Malik"),
    Country("NP", "Asia/Kathmandu", "en", "f Sita Gurung, m Bishal Thapa, f Anju Rai, m Dipesh Karki"),
    Country("BD", "Asia/Dhaka", "en", "f Nasrin Akter, m Rafiq Islam, f Shirin Sultana, m Tanvir Hossain"),
    Country("ID", "Asia/Jakarta", "en", "f Dewi Lestari, m Budi Santoso, f Ratna Sari, m Agus Wijaya"),
    Country("PH", "Asia/Manila", "en", "f Maria Santos, m Jose Reyes, f Liza Cruz, m Ramon Garcia"),
    Country("VN", "Asia/Ho_Chi_Minh", "en", "f Linh Nguyen, m Minh Tran, f Hoa Pham, m Duc Le"),
    Country("PE", "America/Lima", "es", "f Rosa Quispe, m Carlos Huaman, f Elena Flores, m Luis Mamani"),
    Country("CO", "America/Bogota", "es", "f Camila Rojas, m Andres Gomez, f Paula Cardona, m Diego Salazar"),
    Country("GT", "America/Guatemala", "es", "f Maria Ixcoy, m Pedro Tzoc, f Ana Chavez, m Jorge Lopez"),
)
ORGANISATIONS = (
    ("national-government", "Ministry of Social Development", "Programme officer"),
    ("subnational-government", "County social services", "Case manager"),
    ("national-government", "Social Security Institution", "Planning officer"),
    ("national-ngo", "Platform for Social Protection", "Advocacy lead"),
    ("national-government", "Ministry of Finance", "Budget analyst"),
    ("un-multilateral", "United Nations country team", "Social policy officer"),
    (None, "Independent", "Consultant"),
    ("academia", "Institute of Development Studies", "Researcher"),
    ("workers-employers", "Trade union confederation", "Secretary for social policy"),
    ("international-ngo", "Relief and development network", "Cash coordinator"),
)
MOTIVATION = (
    "Our ministry is writing its first social protection strategy, and I will draft the part on income security.",
    "Half of the people in our register never receive a payment. I want to learn at which step we lose them.",
    "We are asked what a floor would cost, and nobody in our team has estimated it before.",
    "Informal workers are most of our members. I would like to bring them into the scheme instead of a pilot.",
    "I handle complaints, and I see the same ones every month. I want to change what causes them.",
)

WORKS = (
    "In my district 61 of every 100 people over 65 receive the old-age grant. Most of the others have no birth "
    "certificate: the register office is two days away, and its staff come to us once a year.",
    "Our scheme is open to domestic workers since 2021, yet fewer than one in twenty is registered. Employers must "
    "start the registration, and nobody can do it in their place. I propose that a worker may begin it herself.",
    "The child grant reaches the account in four days where there is an agent, and in five weeks where there is none. "
    "I compared three payment points and asked eleven mothers what a journey costs them.",
    "A benefit for all children under three at 20 percent of the food poverty line would cost about 0.4 percent of "
    "gross domestic product here. Half of it could come from the fuel subsidy that ends next year.",
    "Complaints come by telephone, and half of the callers give up after ten minutes. I looked at what they ask: two "
    "of three questions could be answered by the letter that we never send.",
)
FEEDBACK = (
    "Clear and honest about what you do not know. Say next where the figure comes from, and who could check it.",
    "I could explain this to my minister in two minutes. Your last paragraph is the strongest: begin with it.",
    "Good observation at the counter. What would have to change in the regulation, and what could you change tomorrow?",
)
THREADS = (
    (
        "Who is missing in your programme?",
        "In ours it is widows who live with their sons: on paper they are not poor. Who is it with you?",
        (
            "Seasonal workers. They are counted where they sleep on the day of the survey, and they are never there.",
            "People with disabilities who cannot come to the office. We began home visits in one county this year.",
            "Refugees. The law says nothing about them, so everybody at the counter decides alone.",
        ),
    ),
    (
        "Gift or right: what changed in your office?",
        "Since our act was passed people bring the page with them. One line was underlined in red.",
        (
            "With us the act exists, but the regulation never came. The counter goes by the old circular.",
            "We print the appeal on the back of every letter now. Appeals doubled, and half of them were right.",
        ),
    ),
    (
        "Which paper stops people?",
        "For us it is the proof of residence. A letter of the chief costs as much as a month of the grant.",
        (
            "The tax number, for people who never earned anything taxed.",
            "A bank account. The bank asks for the identity card, the card for a fee.",
            "We dropped the marriage certificate last year, and nothing bad happened.",
        ),
    ),
)
ANNOUNCEMENT = (
    "Welcome",
    "This week we meet each other. Read the two lessons, take the quiz, and tell us in the discussion who is missing "
    "in your programme. We see each other on Thursday: the page of the session tells your own time.",
)
