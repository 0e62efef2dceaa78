using Serverless.Functions.Secrets;

namespace Serverless.Functions.Routes;

/// <summary>A route at the version that a call means.</summary>
public sealed record ResolvedRoute(RouteDocument Document, RouteVersion Version)
{
    public string Name => Document.Name;

    public string Type => Version.RouteType;

    /// <summary>Which key a target of it is sent with; null where it needs none.</summary>
    public SecretReference? KeyOf(RouteModel model) => Document.CredentialFor(model)?.Secret;

    public override string ToString() => $"{Document.Name}@{Version.Version}";
}
