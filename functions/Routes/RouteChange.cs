namespace Serverless.Functions.Routes;

/// <summary>A write of a route that has begun. Its blob is made before the write and deleted after the route's shard holds the outcome.</summary>
/// <param name="Route">The route's name.</param>
/// <param name="Blob">The blob that says so; one for each write, so that nobody deletes another's.</param>
internal sealed record RouteChange(string Route, string Blob);
