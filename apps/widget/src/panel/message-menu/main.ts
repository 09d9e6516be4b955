export { default as MessageMenu } from './MessageMenu.svelte';
