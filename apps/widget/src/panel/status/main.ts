export { default } from './Status.svelte';
