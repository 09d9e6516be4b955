/** A subscription that will not work however often it is tried; the client is told why. */
export class SubscriptionRefused extends Error {}
