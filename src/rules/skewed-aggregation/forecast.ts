// What an even spread would do: the heavy tasks in pieces as long as the usual ones.
// Law: the work stays; only its spread over tasks changes (salting adds rows of the small side, which are not priced).

export { evenForecast as forecast } from '../forecast.ts';
