export { default as Failure } from './Failure.svelte';
