namespace Serverless.Functions.Routes;

/// <summary>The model of a route as callers see it; for a rag route, the route that writes its answers, with provider <c>route</c>.</summary>
public sealed record RouteModelView(string Name, string Provider);
