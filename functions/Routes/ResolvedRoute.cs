namespace Serverless.Functions.Routes;

/// <summary>A route at the version that a call means.</summary>
public sealed record ResolvedRoute(RouteDocument Document, RouteVersion Version)
{
    public string Name => Document.Name;

    public string Type => Version.RouteType;

    public override string ToString() => $"{Document.Name}@{Version.Version}";
}
