using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Serverless.Functions.Clients;

/// <summary>Who a token of the tenant says that it is from.</summary>
/// <param name="ObjectId">Of the person or service principal.</param>
/// <param name="AppId">The application's, where it signs in as itself; null where it acts for a person.</param>
/// <param name="Groups">The groups that the token names. A token of somebody in too many names none.</param>
/// <param name="HasMoreGroups">The token says that there are more groups than it could name.</param>
/// <param name="Role">The highest of the gateway's application roles that it has; null for none.</param>
public sealed record EntraPrincipal(string ObjectId, string? AppId, IReadOnlyList<string> Groups, bool HasMoreGroups, ClientRole? Role)
{
    private static readonly (string Name, ClientRole Role)[] Roles =
        [("Gateway.Operator", ClientRole.Operator), ("Gateway.Reader", ClientRole.Reader), ("Gateway.Client", ClientRole.Client)];

    /// <returns>Null for a token that is no access token of the tenant: one that only tells who signed in has no application.</returns>
    public static EntraPrincipal? Of(JsonWebToken token, string tenant)
    {
        ArgumentNullException.ThrowIfNull(token);
        if (Text("tid") != tenant || Text("oid") is not { } id || (Text("azp") ?? Text("appid")) is not { } app) return null;
        var isApp = Text("idtyp") is { } kind ? kind == "app" : Text("scp") is null;
        var roles = List("roles");
        var role = Roles.Where(r => roles.Contains(r.Name, StringComparer.Ordinal)).Select(r => (ClientRole?)r.Role).FirstOrDefault();
        return new EntraPrincipal(id, isApp ? app : null, List("groups"), HasMoreGroups(), role);

        string? Text(string name) => token.TryGetPayloadValue<string>(name, out var value) && value is { Length: > 0 and <= 128 } ? value : null;

        // Entra ID's "overage": past 200 groups a token tells where to ask for them, and from the implicit flow only that there are.
        bool HasMoreGroups() => (token.TryGetPayloadValue<bool>("hasgroups", out var has) && has)
            || (token.TryGetPayloadValue<JsonElement>("_claim_names", out var sources) && sources.ValueKind == JsonValueKind.Object && sources.TryGetProperty("groups", out _));

        IReadOnlyList<string> List(string name) => token.TryGetPayloadValue<string[]>(name, out var values) && values is not null ? values : [];
    }

    public override string ToString() => ObjectId;
}
