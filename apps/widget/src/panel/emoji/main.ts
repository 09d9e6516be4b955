export { default as EmojiPicker } from './EmojiPicker.svelte';
