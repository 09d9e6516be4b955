/** What visitors and teams write to each other in shops; {product}, {city} and {time} stand for one of `slots`. */
export const phrases = {
	uk: {
		visitor: [
			'Добрий день! Чи є в наявності {product}?',
			'Вітаю, скільки коштує доставка до міста {city}?',
			'Коли прийде моє замовлення? Обіцяли ще {time}.',
			'Оплата карткою не проходить, пише помилку банку',
			'Дякую, все працює!',
			'Можна забрати замовлення самовивозом у {city}?',
			'Мені прийшов не той товар, замовляла {product}',
			'Підкажіть, будь ласка, яка гарантія на {product}',
			'Хочу повернути покупку, що для цього потрібно?',
			'Чи діє знижка для постійних клієнтів?',
			'Не можу увійти в особистий кабінет, лист для відновлення пароля не приходить',
			'Добре, чекаю',
			'А є дешевша модель?',
			'Надішліть, будь ласка, рахунок на електронну пошту',
			'Як змінити адресу доставки на {city}?',
			'Посилка пошкоджена, {product} розбитий',
			'Чи можна замовити {product} в іншому кольорі?',
			'Ви працюєте у вихідні?',
			'Скільки чекати відповіді? Пишу вже втретє',
			'Супер, оформлюю!',
			'Потрібен рахунок для юридичної особи з ПДВ',
			'{product} підійде для подарунка дитині?',
			'Промокод не спрацьовує в кошику',
			'Номер накладної так і не надіслали, а обіцяли {time}'
		],
		operator: [
			'Вітаю! Так, {product} є на складі, відправимо {time}.',
			'Доставка до міста {city} безкоштовна від тисячі гривень.',
			'Перевірила: посилка вже у відділенні, {city}.',
			'Перепрошую за незручності, повернемо кошти протягом трьох днів.',
			'Підкажіть, будь ласка, номер телефону отримувача.',
			'Гарантія дванадцять місяців, обмін протягом двох тижнів.',
			'Передала ваше питання колезі, відповість {time}.',
			'Спробуйте, будь ласка, оплатити ще раз: помилку виправлено.',
			'Радо допоможу! Який розмір вам потрібен?',
			'Знижка вже врахована в кошику, перевірте, будь ласка.',
			'На жаль, {product} закінчився, очікуємо постачання {time}.',
			'Надіслала посилання для відновлення пароля ще раз.',
			'Будь ласка, надішліть фото пошкодження, оформимо заміну.',
			'Адресу змінили, нова накладна прийде в повідомленні.',
			'Дякую за звернення, гарного дня!',
			'Самовивіз можливий з магазину, {city}, щодня до двадцятої.',
			'Клієнт телефонував, чекає на {product}, не забудьте набрати',
			'Оформила повернення, кошти надійдуть {time}.'
		]
	},
	en: {
		visitor: [
			'Hi! Is the {product} available right now?',
			'How much is shipping to {city}?',
			'Where is my order? It should have arrived {time}.',
			'My card was declined twice, the payment page shows an error',
			'Thanks, that worked!',
			'Can I pick it up in {city}?',
			'I received the wrong item, I ordered the {product}',
			'What warranty comes with the {product}?',
			'I would like to return my purchase, what do you need from me?',
			'Do you have a discount for returning customers?',
			'I cannot log in and the password reset e-mail never arrives',
			'Okay, I will wait',
			'Is there a cheaper model?',
			'Could you send the invoice to my e-mail address?',
			'I need to change the delivery address to {city}',
			'The parcel is damaged and the {product} is broken',
			'Does the {product} come in another colour?',
			'Are you open on weekends?',
			'The coupon is not accepted at checkout',
			'Great, ordering now'
		],
		operator: [
			'Hello! Yes, the {product} is in stock and ships {time}.',
			'Shipping to {city} is free above fifty euros.',
			'I checked: your parcel is waiting for you in {city}.',
			'Sorry for the trouble, the refund takes three days.',
			'Could you tell me the phone number of the recipient?',
			'The warranty is twelve months, exchange within two weeks.',
			'I passed your question to a colleague who answers {time}.',
			'Please try to pay again, the error is fixed.',
			'Happy to help! Which size do you need?',
			'The discount is already included, please check your cart.',
			'Unfortunately the {product} is sold out, new stock comes {time}.',
			'I have sent the reset link once more.',
			'Please send a photo of the damage and we will replace it.',
			'The address is changed, you get a new tracking number soon.',
			'Thank you for writing, have a nice day!'
		]
	}
} as const;

export const slots = {
	uk: {
		product:
			'кавомолка|ефіопська кава|керамічна чашка|чайник|футболка|кросівки|навушники|зарядний пристрій|дитячий велосипед|рюкзак|настільна лампа|в’язаний шарф|клавіатура|сир козячий|мед гречаний|зимова куртка',
		city: 'Львів|Київ|Одеса|Харків|Дніпро|Івано-Франківськ|Тернопіль|Чернівці|Ужгород|Вінниця|Полтава|Запоріжжя',
		time: 'завтра|сьогодні ввечері|у понеділок|за годину|наступного тижня|до п’ятниці'
	},
	en: {
		product:
			'coffee grinder|ethiopian coffee|ceramic mug|kettle|t-shirt|running shoes|headphones|charger|kids bicycle|backpack|desk lamp|knitted scarf|keyboard|goat cheese|buckwheat honey|winter jacket',
		city: 'Lviv|Kyiv|Odesa|Warsaw|Prague|Berlin|Vienna|Vilnius|London|Dublin',
		time: 'tomorrow|tonight|on Monday|within an hour|next week|by Friday'
	}
} as const;

export const people = {
	uk: 'Олена|Андрій|Ірина|Тарас|Наталія|Юрій|Катерина|Богдан|Оксана|Михайло|Соломія|Дмитро|Ганна|Остап|Юлія|Роман',
	en: 'Emma|Liam|Olivia|Noah|Sophie|Jack|Grace|Oscar|Alice|Henry|Ella|Leo|Clara|Max|Ruby|Hugo'
} as const;

/** Every way to say a phrase. */
export function waysToSay(phrase: string, slots: Readonly<Record<string, string>>): string[] {
	const slot = /\{(\w+)\}/.exec(phrase);
	if (!slot) return [phrase];
	const values = slots[slot[1] ?? '']?.split('|') ?? [];
	return values.flatMap((value) => waysToSay(phrase.replace(slot[0], value), slots));
}
