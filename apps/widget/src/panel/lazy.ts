export { lazy } from '../core/lazy.ts';
