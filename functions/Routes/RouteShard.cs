using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Serverless.Functions.Routes;

/// <summary>
/// What lists need of the routes whose names hash alike, in one blob (<c>config/route-index/shards/{00..63}.json</c>): a whole list of 10,000 is 64 reads, one of
/// what moved since is few. The routes' own blobs say what is true; this follows them.
/// </summary>
public sealed record RouteShard
{
    public const int Count = 64;

    /// <summary>Each route that is not deleted by its name, at its current version only and without credentials.</summary>
    public IReadOnlyDictionary<string, RouteDocument> Routes { get; init; } = new Dictionary<string, RouteDocument>();

    /// <summary>The shard of a route, 0 to 63: of the first byte of its name's SHA-256.</summary>
    public static int Of(string name) => SHA256.HashData(Encoding.UTF8.GetBytes(name))[0] % Count;

    internal static string NameOf(int shard) => shard.ToString("d2", CultureInfo.InvariantCulture);

    /// <summary>A route as a shard holds it; null where it is deleted or was never there.</summary>
    internal static RouteDocument? ViewOf(RouteDocument? route) =>
        route?.Find() is { } current ? route with { Versions = [current], Credentials = [] } : null;

    public override string ToString() => $"[{Routes.Count} routes]";
}
