namespace Serverless.Functions.Routes;

/// <summary>
/// A route as it is stored, one blob for all of it (<c>config/routes/{name}.json</c>), so that one conditional write moves it from one
/// whole state to the next. A deleted route stays as a tombstone: a route that is created again under its name continues the
/// numbering, and nobody who calls <c>name@1</c> gets another route.
/// </summary>
public sealed record RouteDocument
{
    /// <summary>Versions that are kept; the oldest go first.</summary>
    public const int MaxVersions = 200;

    public required string Name { get; init; }

    /// <summary>Rises with every write.</summary>
    public required long Revision { get; init; }

    /// <summary>The version that a call without a version gets; the last of <see cref="Versions"/>.</summary>
    public required int Current { get; init; }

    public bool Deleted { get; init; }

    /// <summary>Who wrote this state; tells a writer that its write went through although the answer was lost.</summary>
    public string WriteId { get; init; } = "";

    public IReadOnlyList<RouteVersion> Versions { get; init; } = [];

    public IReadOnlyList<RouteCredential> Credentials { get; init; } = [];

    /// <summary>A version, the current one by default; null when it is not kept.</summary>
    public RouteVersion? Find(int? version = null) => Deleted ? null : Versions.FirstOrDefault(v => v.Version == (version ?? Current));

    /// <summary>The secret for the model of a version; null when it needs none.</summary>
    public RouteCredential? CredentialFor(RouteModel model) => Credentials.FirstOrDefault(c => c.IsFor(model));

    /// <summary>The state after one more version.</summary>
    public RouteDocument With(RouteVersion next, IReadOnlyList<RouteCredential> credentials)
    {
        ArgumentNullException.ThrowIfNull(next);
        ArgumentNullException.ThrowIfNull(credentials);
        var kept = Versions.Count >= MaxVersions ? Versions.Skip(Versions.Count - MaxVersions + 1) : Versions;
        return this with
        {
            Deleted = false,
            Current = Current + 1,
            Versions = [.. kept, next with { Version = Current + 1 }],
            Credentials = credentials.Count == 0 ? Credentials : [.. Credentials.Where(c => !credentials.Any(n => n.Replaces(c))), .. credentials.Distinct()],
        };
    }

    public override string ToString() => $"{Name}@{Current}";
}
