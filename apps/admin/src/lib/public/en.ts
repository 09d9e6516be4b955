import type { PublicTexts } from './pages.ts';

export const en: PublicTexts = {
	name: 'English',
	menu: {
		help: 'Help',
		pricing: 'Pricing',
		privacy: 'Privacy',
		terms: 'Terms',
		signIn: 'Sign in',
		signUp: 'Sign up'
	},
	footer: 'ChatIQ: a live chat in your own Supabase project',
	home: {
		title: 'A live chat for your website, in your own database',
		lead: 'Visitors write on your pages, your team answers in one calm inbox, and every word stays in your own Postgres.',
		signUp: 'Create your account',
		demo: 'The bubble in the corner is the real thing: open it and write.',
		parts: [
			{
				title: 'Nothing typed is lost',
				text: [
					'A message is kept in the browser until the server has it, and shown once on both sides, through tunnels, reloads and restarts. If a colleague has answered meanwhile, you are asked before you write over it.'
				]
			},
			{
				title: 'Your pages stay fast',
				text: [
					'Three kilobytes draw the bubble. The rest waits until somebody wants to chat. No cookie, and nothing stored, before that.'
				]
			},
			{
				title: 'A team that knows who answers',
				text: [
					'Assignment, private notes, labels, business hours, automatic replies and e-mail for those who come back later. In English and Ukrainian, on the phone too.'
				]
			},
			{
				title: 'Your data, your rules',
				text: [
					'Who may see what is decided in the database, by row-level security. Export a visitor, or erase one, and nothing remains.'
				]
			}
		]
	},
	pages: {
		help: {
			title: 'Help',
			lead: 'From sign-up to the first answer, and what to do when something does not work.',
			parts: [
				{
					title: 'How do I start?',
					text: [
						'Sign up, confirm your address with the link in our mail, name your organisation and your website. The page “First steps” then shows what is next, and notices by itself what you have done.'
					]
				},
				{
					title: 'The chat does not appear on my website',
					text: [
						'Look for “widget.js” in the source of the page; some systems need their cache emptied. The address of the page must be in the list of allowed addresses, with https:// and www as they are. “Check” in the first steps opens your page and tells what it sees.',
						'If your pages have a Content-Security-Policy, paste it into the checker there: it names what is missing.'
					]
				},
				{
					title: 'How does a colleague get in?',
					text: [
						'Invite them by e-mail. The link in the mail lets them sign up, or sign in, and join. It is good for seven days and for that address only.'
					]
				},
				{
					title: 'I have forgotten my password',
					text: [
						'“Forgot your password?” under the sign-in form sends a link with which you choose a new one. “Sign in by e-mail link” lets you in without a password.'
					]
				},
				{
					title: 'I have lost the phone with my codes',
					text: [
						'Sign in with your password, choose “I have lost my device” and enter one of your recovery codes. Two-factor sign-in is then off and can be set up on another device.'
					]
				},
				{
					title: 'How do I leave?',
					text: [
						'Leave an organisation in your profile; delete your account under “Security”. The last owner of an organisation makes somebody else its owner, or deletes it, first.'
					]
				}
			]
		},
		pricing: {
			title: 'Pricing',
			lead: 'There is no price list yet.',
			parts: [
				{
					title: 'What it costs today',
					text: [
						'ChatIQ runs in a Supabase project of whoever operates this installation. What that project costs is between them and Supabase; this software counts neither seats nor conversations, and asks for no card.'
					]
				},
				{
					title: 'If that changes',
					text: ['It will stand here, before anybody has to pay.']
				}
			]
		},
		privacy: {
			title: 'Privacy',
			lead: 'What is kept, of whom, and for how long.',
			parts: [
				{
					title: 'People who visit a website with the chat',
					text: [
						'Whoever only passes by leaves nothing: no cookie and no row. From the first message on there are the conversation, what was filled in, the language, time zone and page as the browser tells them, and the address from which the session was last opened, to enforce blocks.',
						'Pictures lose their place and camera data before anybody gets them. The team of the website decides how long conversations are kept, can export everything about a visitor, and can erase it so that nothing remains but what backups and delivered mails hold.'
					]
				},
				{
					title: 'People who answer',
					text: [
						'An account has an e-mail address, a hash of the password, a name and what you add to your profile, the sessions with browser and time, and whether you are there now. Recovery codes are kept as hashes. All of it goes with the account; what you wrote to visitors stays with the organisation.'
					]
				},
				{
					title: 'Cookies of this console',
					text: [
						'One keeps you signed in and cannot be read by scripts; others remember language, theme and the width of panes. None is for advertising or measuring, and nothing is loaded from third parties.'
					]
				},
				{
					title: 'Who is responsible',
					text: [
						'Whoever operates this installation and its Supabase project. For chats on a website, it is the owner of that website.'
					]
				}
			]
		},
		terms: {
			title: 'Terms',
			lead: 'Short, because the software is run by whoever installed it.',
			parts: [
				{
					title: 'What you may do',
					text: [
						'Use the console to talk to visitors of websites that are yours, or whose owner has invited you. Do not send what is unlawful, do not break into what is not yours, and do not use it to bother people.'
					]
				},
				{
					title: 'What you can count on',
					text: [
						'The software comes as it is, without warranty. Your data can be exported and erased at any time by those who own the organisation.'
					]
				},
				{
					title: 'Between you and the operator',
					text: [
						'The operator of this installation may have terms of their own, and may end an account that breaks these. Ask them when something matters to you that does not stand here.'
					]
				}
			]
		}
	}
};
