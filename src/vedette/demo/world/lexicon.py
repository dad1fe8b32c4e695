"""Contains common given names and surnames by country, which are combined at random for invented travellers.

SYNTHETIC: the names were collected for this project and are spelt as in the passports of each country. The
names were not taken from a list of real people. If a living person has one of these names, this is a
coincidence.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Culture:
    """Contains names of people of one nationality (ISO alpha-3). If `two_surnames` is true, people have the
    surname of their father and that of their mother."""

    nationality: str
    men: tuple[str, ...]
    women: tuple[str, ...]
    surnames: tuple[str, ...]
    two_surnames: bool = False


def _culture(
    nationality: str, men: str, women: str, surnames: str, two_surnames: bool = False
) -> Culture:
    def names(text: str) -> tuple[str, ...]:
        return tuple(name.replace("_", " ") for name in text.split())

    return Culture(nationality, names(men), names(women), names(surnames), two_surnames)


CULTURES: tuple[Culture, ...] = (
    _culture(
        "FRA",
        "Antoine Bastien Cedric Damien Etienne Florian Gaspard Hugo Jerome Loic Mathis Quentin",
        "Adele Blandine Celine Delphine Elodie Fanny Garance Heloise Ines Justine Manon Oceane",
        "Aubertin Bonnefoy Carpentras Delorme Escoffier Ferrandier Guillemot Hautecoeur Jolivard "
        "Lacombette Marchetaux Noirclerc Ormesson Perrachon Quesnoy Roussillon Tavernay Vaucourt",
    ),
    _culture(
        "DZA",
        "Abdelhak Amine Bilal Farid Hocine Karim Lyes Mourad Nassim Rachid Sofiane Yacine",
        "Amel Dalila Fatiha Houria Imane Kenza Lamia Meriem Nawel Sabrina Warda Zineb",
        "Aitouche Belkacemi Benhadji Boudjelal Chergui Djebbari Ferhani Ghezali Hamlaoui Kaddouri "
        "Laribi Mansouri Ouldali Rezzoug Saadaoui Tebbal Yahiaoui Zerrouki",
    ),
    _culture(
        "TUN",
        "Aymen Bechir Chokri Fethi Hamdi Kais Lotfi Mehdi Nabil Riadh Slim Walid",
        "Asma Chiraz Emna Ghada Hajer Ines Leila Mouna Olfa Rim Sonia Yosra",
        "Abidi Baccouche Bouzidi Chaabane Dhaouadi Essid Gharbi Hammami Jaziri Khemiri Limam "
        "Mabrouki Nefzi Ouerghi Romdhane Sassi Trabelsi Zouari",
    ),
    _culture(
        "MAR",
        "Abdellatif Anas Brahim Driss Hamza Ilyas Jawad Khalid Marouane Othmane Reda Younes",
        "Aicha Btissam Chaimae Fadoua Hanane Ikram Khadija Loubna Naima Oumaima Salma Souad",
        "Alaoui Benjelloun Berrada Chraibi Daoudi Elidrissi Fassi Guessous Hajji Jabri Kettani "
        "Lahlou Mernissi Naciri Ouazzani Sefrioui Tazi Zniber",
    ),
    _culture(
        "SEN",
        "Abdoulaye Babacar Cheikh Demba El_Hadji Ibrahima Lamine Mamadou Ousmane Pape Serigne Souleymane",
        "Adja Aminata Astou Coumba Fatou Khady Mame Ndeye Ngone Oumou Rokhaya Sokhna",
        "Ba Badji Camara Cisse Diagne Diallo Diop Faye Gueye Kane Mbaye Ndiaye Niang Sarr Seck Sow "
        "Thiam Wade",
    ),
    _culture(
        "CIV",
        "Amani Brou Didier Franck Gnahore Kouadio Koffi Lacina Moussa Seydou Yao Zoumana",
        "Adjoua Affoue Akissi Aya Bintou Estelle Fanta Grace Mariam Nadege Salimata Yvonne",
        "Aka Assi Bamba Coulibaly Dago Djedje Fofana Gbagbo Kone Kouame Kouassi Koulibaly NGuessan "
        "Ouattara Sanogo Tano Toure Yapi",
    ),
    _culture(
        "NGA",
        "Adebayo Chinedu Emeka Femi Ifeanyi Kelechi Musa Obinna Olumide Sani Tunde Uche",
        "Adaeze Bukola Chioma Folake Halima Ifeoma Kemi Ngozi Nkechi Oluchi Temitope Yetunde",
        "Abubakar Adeyemi Afolabi Balogun Chukwu Eze Ibekwe Igwe Lawal Nnamdi Nwosu Obi Ogunleye "
        "Okafor Okonkwo Oladipo Onyeka Uzor",
    ),
    _culture(
        "ETH",
        "Abebe Bekele Dawit Ermias Getachew Haile Kebede Mulugeta Solomon Tadesse Tesfaye Yohannes",
        "Almaz Aster Birtukan Eden Genet Hirut Kidist Meseret Rahel Selam Tigist Zewditu",
        "Alemu Asfaw Assefa Belay Bogale Desta Eshetu Fikre Gebre Hailu Lemma Mekonnen Negash "
        "Regassa Shiferaw Tilahun Wolde Zerihun",
    ),
    _culture(
        "TUR",
        "Ahmet Baris Cem Deniz Emre Ferhat Hakan Ilker Mert Onur Selim Volkan",
        "Asli Burcu Ceren Dilek Ebru Gizem Hande Ipek Merve Nazli Pelin Zeynep",
        "Acar Aksoy Aydin Bulut Celik Demir Erdem Gunes Kaplan Karaca Kilic Ozdemir Polat Sahin Tekin "
        "Uslu Yalcin Yildirim",
    ),
    _culture(
        "LBN",
        "Anthony Charbel Elie Fadi Georges Hadi Jad Karim Marwan Nadim Rami Ziad",
        "Carla Dima Elissa Farah Grace Hiba Joumana Lara Maya Nour Rita Yara",
        "Abi_Nader Azar Boustany Chidiac Daher Eid Farhat Gemayel Haddad Issa Karam Khoury Maalouf "
        "Najjar Rahme Saliba Tannous Younes",
    ),
    _culture(
        "EGY",
        "Adel Ashraf Hany Hisham Ihab Magdy Mina Ramy Sherif Tamer Wael Yasser",
        "Amira Basma Dalia Eman Heba Mariam Nermin Rania Rasha Shaimaa Yasmin Zeinab",
        "Abdelaziz Abdelrahman Attia Bakr Eissa Elsayed Fahmy Gaber Hegazy Ibrahim Kamel Mahmoud "
        "Naguib Ragab Salama Shaker Tawfik Zaki",
    ),
    _culture(
        "IND",
        "Aditya Amit Arjun Gaurav Harish Karthik Manoj Nikhil Prakash Rahul Sandeep Vivek",
        "Anjali Deepa Divya Kavita Lakshmi Meera Neha Pooja Priya Shreya Sunita Vidya",
        "Agarwal Banerjee Bhat Chauhan Desai Gupta Iyer Joshi Kapoor Kulkarni Menon Mishra Nair Patel "
        "Rao Reddy Sharma Verma",
    ),
    _culture(
        "BGD",
        "Anwar Belal Fahim Habibur Jahangir Kamrul Mizanur Nazmul Rafiqul Shahin Tanvir Zahid",
        "Ayesha Farzana Jannatul Lipi Mahmuda Nasrin Parvin Rehana Sabina Shirin Sumaiya Taslima",
        "Ahmed Akhter Alam Bhuiyan Chowdhury Das Haque Hossain Islam Karim Khatun Miah Mollah Rahman "
        "Sarkar Siddique Talukder Uddin",
    ),
    _culture(
        "VNM",
        "Van_Anh Duc Hieu Hoang Hung Khanh Long Minh Quang Thanh Tuan Viet",
        "Bich Chau Diem Ha Hong Huong Lan Linh Mai Ngoc Thao Yen",
        "Bui Cao Dang Dinh Do Duong Ho Hoang Huynh Le Luong Ngo Nguyen Pham Phan Tran Truong Vo",
    ),
    _culture(
        "CHN",
        "Bowen Chao Feng Guoqiang Haoran Jianguo Junjie Lei Ming Peng Weiguo Zhiyuan",
        "Dan Fang Huifen Jiayi Lan Meiling Qian Shuang Ting Xiaoyan Xinyi Yumei",
        "Cai Chen Deng Fan Gao Guo Han Huang Jiang Liang Lin Luo Shen Tang Wang Xie Zhang Zhao",
    ),
    _culture(
        "KOR",
        "Byungho Dongwook Hyunwoo Jaemin Jihoon Junseo Kyungsoo Minho Sangmin Seojun Sunghoon Youngjae",
        "Areum Bora Eunji Haneul Hyejin Jiwoo Minseo Nari Seoyeon Soojin Yeji Yuna",
        "Ahn Bae Cho Choi Chung Han Hong Hwang Im Jang Jeong Kang Kim Kwon Lee Park Shin Yoon",
    ),
    _culture(
        "BRA",
        "Andre Bruno Caio Diego Eduardo Felipe Gustavo Leandro Marcelo Rafael Thiago Vinicius",
        "Aline Beatriz Camila Daniela Fernanda Juliana Larissa Leticia Mariana Patricia Renata Tatiane",
        "Almeida Araujo Barbosa Cardoso Cavalcanti Dias Ferreira Gomes Lima Machado Moreira Nogueira "
        "Pereira Ribeiro Rocha Silveira Souza Teixeira",
        two_surnames=True,
    ),
    _culture(
        "COL",
        "Alejandro Camilo Cesar Esteban Fabian Hernan Jairo Leonardo Mauricio Nelson Sergio Wilmar",
        "Adriana Angelica Catalina Diana Gloria Liliana Luz_Marina Marcela Natalia Paola Sandra Yolanda",
        "Acosta Bedoya Cardenas Castano Duque Echeverri Gaviria Giraldo Jaramillo Londono Marin "
        "Montoya Ospina Quintero Restrepo Salazar Uribe Zapata",
        two_surnames=True,
    ),
    _culture(
        "MEX",
        "Adrian Arturo Carlos Emilio Ernesto Gerardo Hector Ignacio Octavio Raul Rodrigo Salvador",
        "Araceli Berenice Carmen Claudia Dolores Guadalupe Itzel Lourdes Monica Rocio Veronica Ximena",
        "Aguilar Avila Barrera Campos Castillo Cervantes Contreras Delgado Fuentes Galvan Herrera "
        "Ibarra Mendoza Navarro Ortega Rangel Serrano Villanueva",
        two_surnames=True,
    ),
    _culture(
        "USA",
        "Aaron Brandon Caleb Dylan Ethan Grant Jared Kevin Logan Mason Tyler Wyatt",
        "Abigail Brooke Chelsea Destiny Emily Hannah Jenna Kayla Lauren Megan Paige Taylor",
        "Ashworth Bellamy Brightwell Carlisle Dawson Ellsworth Fairbanks Greenwood Hartley Kingsley "
        "Langston Merrick Northcott Pemberton Radcliffe Stanton Thornbury Whitfield",
    ),
    _culture(
        "GBR",
        "Alistair Callum Duncan Edmund Gareth Harvey Jasper Lewis Nigel Owen Rupert Stuart",
        "Beth Charlotte Eleanor Fiona Gemma Hazel Imogen Jemima Lorna Poppy Rosalind Tamsin",
        "Abernathy Barraclough Cartwright Dunmore Entwistle Fothergill Gillespie Haversham Kirkbride "
        "Lockwood Mortimer Oakeshott Penhaligon Ravenscroft Satterthwaite Tregear Wainwright Yardley",
    ),
    _culture(
        "DEU",
        "Andreas Bernd Christoph Detlef Florian Gunther Holger Jurgen Lars Matthias Rainer Sebastian",
        "Anke Birgit Claudia Dagmar Elke Franziska Heike Ines Katrin Monika Silke Ulrike",
        "Albrecht Baumgart Dittmer Eichhorn Feldmann Grunwald Hartung Kesselring Lindemann Morgenroth "
        "Niebuhr Ostermann Pfeiffer Reinhold Steinbach Trautmann Vogelsang Winkler",
    ),
    _culture(
        "SRB",
        "Aleksandar Bojan Dejan Dragan Goran Ivan Luka Marko Milos Nemanja Stefan Vladimir",
        "Ana Biljana Dragana Gordana Jelena Katarina Marija Milica Nevena Sanja Tamara Vesna",
        "Antic Bogdanovic Cvetkovic Djordjevic Filipovic Gavrilovic Ilic Jankovic Kostic Lazarevic "
        "Markovic Nikolic Pavlovic Ristic Savic Stojanovic Todorovic Vukovic",
    ),
    _culture(
        "GEO",
        "Archil Beka Davit Giorgi Irakli Levan Luka Nika Otar Sandro Tornike Zurab",
        "Ana Eka Irma Khatia Lika Maia Mariam Natia Nino Salome Tamar Teona",
        "Abashidze Beridze Chkheidze Dolidze Eliava Gelashvili Gogoladze Japaridze Kapanadze Kiknadze "
        "Lomidze Maisuradze Mchedlishvili Nadiradze Sulakvelidze Tsereteli Vashadze Zarandia",
    ),
    _culture(
        "KAZ",
        "Aidar Askar Azamat Bolat Daniyar Erlan Kanat Marat Nurlan Ruslan Serik Timur",
        "Aigul Aliya Asel Botagoz Dinara Gulnara Indira Karlygash Madina Saule Zarina Zhanar",
        "Abdrakhmanov Akhmetov Baimukhanov Dzhaksybekov Ergaliev Ibraimov Kaliyev Kassymov Mukanov "
        "Nurpeisov Omarov Sadykov Seitkali Suleimenov Tulegenov Utegenov Zhakupov Zhumabayev",
    ),
    _culture(
        "ITA",
        "Alessandro Cosimo Dario Enrico Fabrizio Gennaro Leonardo Massimo Paolo Riccardo Stefano Vito",
        "Alessia Bianca Chiara Donatella Elisa Federica Giulia Ilaria Lucrezia Martina Serena Valentina",
        "Albanese Bertolini Castagna Delvecchio Esposito Fontanelli Galimberti Lombardi Marchetti "
        "Nardini Orlandi Pellegrino Quaranta Rinaldi Santoro Tedesco Vallone Zanetti",
    ),
)

BY_NATIONALITY: dict[str, Culture] = {c.nationality: c for c in CULTURES}

#: Syllables for names that nobody has. The listed people of the benchmarks have such names, so that no
#: ordinary traveller resembles them.
ONSETS = (
    "Dz", "Vr", "Kw", "Zh", "Tl", "Mb", "Xu", "Qo", "Gn", "Pt", "Yv", "Ngw", "Hj", "Ts", "Wry",
)  # fmt: skip
NUCLEI = ("a", "e", "i", "o", "u", "ae", "oi", "uo", "ei", "ya")
CODAS = ("zk", "lm", "rv", "x", "nq", "pt", "gd", "lth", "mbr", "sk", "rn", "v", "kt", "dj", "ss")
