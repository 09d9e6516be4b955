export { default as ToolsMenu } from './ToolsMenu.svelte';
