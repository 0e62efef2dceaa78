using System.Globalization;
using System.Text.Json;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Mcp.Servers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Clients;

/// <summary>
/// Reads what a request says of a client: <c>name, groups, role, is_operator, allowed_routes, allowed_collections, allowed_models, allowed_mcp_servers, expires_at,
/// disabled, entra</c>. What a client is allowed must exist: a name with a slip in it would permit nothing and say nothing.
/// </summary>
public sealed class ClientReader(RouteIndex routes, CollectionStore collections, McpServerStore servers, EntraOptions entra, TimeProvider time)
{
    private const int MaxGroups = 100;
    private const int MaxAllowed = 500;

    /// <summary>The record with what the body says; what it does not name stays, and a null takes a restriction or expiry away.</summary>
    /// <exception cref="GatewayException">400 naming the field.</exception>
    public async Task<ClientRecord> ApplyAsync(ClientRecord client, JsonElement body, CancellationToken cancellationToken)
    {
        var changed = ApplyNames(client, body);
        await CheckNamesAsync(client, changed, cancellationToken).ConfigureAwait(false);
        return changed;
    }

    /// <summary>As <see cref="ApplyAsync"/>, without looking up what the names stand for.</summary>
    /// <exception cref="GatewayException">400 naming the field.</exception>
    public ClientRecord ApplyNames(ClientRecord client, JsonElement body)
    {
        ArgumentNullException.ThrowIfNull(client);
        var fields = new JsonFields(body);
        var role = ReadRole(fields, client.EffectiveRole);
        var changed = client with
        {
            Name = fields.OptionalString("name", 100) ?? client.Name,
            Groups = fields.Names("groups") ? fields.Strings("groups", MaxGroups, 100) ?? [] : client.Groups,
            Role = role,
            IsOperator = role == ClientRole.Operator,
            AllowedRoutes = fields.Names("allowed_routes") ? fields.Strings("allowed_routes", MaxAllowed, 64) : client.AllowedRoutes,
            AllowedCollections = fields.Names("allowed_collections") ? fields.Strings("allowed_collections", MaxAllowed, 64) : client.AllowedCollections,
            AllowedModels = fields.Names("allowed_models") ? fields.Strings("allowed_models", MaxAllowed, 128) : client.AllowedModels,
            AllowedMcpServers = fields.Names("allowed_mcp_servers") ? fields.Strings("allowed_mcp_servers", MaxAllowed, 64) : client.AllowedMcpServers,
            ExpiresAt = fields.Names("expires_at") ? ReadExpiry(fields) : client.ExpiresAt,
            Disabled = fields.Boolean("disabled", client.Disabled),
            Entra = fields.Object("entra") is { } identity ? ReadEntra(identity, client) : client.Entra,
        };
        fields.RejectUnknown();
        if (string.IsNullOrWhiteSpace(changed.Name) || changed.Name.Any(char.IsControl)) throw GatewayException.Invalid("name", "'name' must not be empty or hold control characters.");
        if (changed.Groups.Any(group => group.Any(char.IsControl))) throw GatewayException.Invalid("groups", "'groups': a group's name must not hold control characters.");
        return changed;
    }

    /// <summary>The <c>expires_at</c> of a body; null when it has none.</summary>
    /// <exception cref="GatewayException">400 when it is no time to come.</exception>
    public DateTimeOffset? ReadExpiry(JsonFields fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        if (fields.OptionalString("expires_at", 64) is not { } text) return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at) && at > time.GetUtcNow()
            ? at
            : throw GatewayException.Invalid("expires_at", "'expires_at' must be a time to come, as 2030-01-31T00:00:00Z.");
    }

    /// <summary>Whom a client stands for is what it is found by, so it stays.</summary>
    private EntraIdentity ReadEntra(JsonFields fields, ClientRecord client)
    {
        if (!entra.IsOn) throw GatewayException.Invalid("entra", "'entra' needs the settings 'Entra:TenantId' and 'Entra:Audience'.");
        var identity = EntraIdentity.Read(fields);
        return client.Name.Length == 0 || client.Entra == identity
            ? identity
            : throw GatewayException.Invalid("entra", "'entra' of a client cannot be changed; make another client.", "immutable_field");
    }

    private static ClientRole ReadRole(JsonFields fields, ClientRole otherwise)
    {
        var named = fields.OptionalString("role", 16) switch
        {
            null => (ClientRole?)null,
            "operator" => ClientRole.Operator,
            "reader" => ClientRole.Reader,
            "client" => ClientRole.Client,
            _ => throw GatewayException.Invalid("role", "'role' must be operator, reader or client."),
        };
        if (!fields.Has("is_operator")) return named ?? otherwise;
        var isOperator = fields.Boolean("is_operator", false);
        if (named is { } role && role == ClientRole.Operator != isOperator) throw GatewayException.Invalid("is_operator", "'is_operator' and 'role' contradict each other.");
        return named ?? (isOperator ? ClientRole.Operator : otherwise == ClientRole.Operator ? ClientRole.Client : otherwise);
    }

    /// <summary>Only names that are new are looked up: what was removed since may stay in a list.</summary>
    private async Task CheckNamesAsync(ClientRecord before, ClientRecord after, CancellationToken cancellationToken)
    {
        if (After(before.AllowedRoutes, after.AllowedRoutes).ToList() is { Count: > 0 } names)
        {
            if (names.Exists(n => !RouteName.IsValid(n))) throw GatewayException.Invalid("allowed_routes", "'allowed_routes' must list routes' names, without versions.");
            await RequireAsync("allowed_routes", "route", names, (listing, name) => listing.Find(name) is not null, cancellationToken).ConfigureAwait(false);
        }

        await RequireAsync("allowed_models", "model of a route", [.. After(before.AllowedModels, after.AllowedModels)], (listing, name) => listing.HasModel(name), cancellationToken).ConfigureAwait(false);
        foreach (var name in After(before.AllowedCollections, after.AllowedCollections))
        {
            try
            {
                await collections.RequireReadableAsync(name, Caller.System, cancellationToken).ConfigureAwait(false);
            }
            catch (GatewayException missing) when (missing.Status == 404)
            {
                throw Missing("allowed_collections", "collection", name);
            }
        }

        foreach (var name in After(before.AllowedMcpServers, after.AllowedMcpServers))
        {
            // Of a tool's name the server is looked up: which tools that has, it says itself.
            if (await servers.FindAsync(McpServerName.ServerOf(name) ?? name, cancellationToken).ConfigureAwait(false) is null) throw Missing("allowed_mcp_servers", "MCP server", name);
        }
    }

    private static IEnumerable<string> After(IReadOnlyList<string>? before, IReadOnlyList<string>? after) => (after ?? []).Except(before ?? [], StringComparer.Ordinal);

    private async Task RequireAsync(string field, string kind, List<string> names, Func<RouteListing, string, bool> exists, CancellationToken cancellationToken)
    {
        if (names.Count == 0) return;
        var listing = await routes.GetAsync(cancellationToken).ConfigureAwait(false);
        // A route that another instance has just made is not in an older copy.
        if (!names.TrueForAll(n => exists(listing, n))) listing = await routes.FreshAsync(cancellationToken).ConfigureAwait(false);
        if (names.Find(n => !exists(listing, n)) is { } missing) throw Missing(field, kind, missing);
    }

    private static GatewayException Missing(string field, string kind, string name) =>
        GatewayException.Invalid(field, $"'{field}' names a {kind} that is not present: {(RouteName.IsValid(name) ? $"'{name}'" : $"[{name.Length} chars]")}.", "unknown_name");
}
