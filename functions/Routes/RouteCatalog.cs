using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Serverless.Contracts;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Providers;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Routes;

/// <summary>
/// Creates, changes, restores, deletes and finds routes. A key is in the vault before a route points at it, and a route has stopped
/// pointing at it before it leaves the vault: a crash in between costs at most a secret that nobody uses.
/// </summary>
public sealed partial class RouteCatalog(RouteStore store, RouteIndex index, RouteReader reader, ProviderCatalog providers, ISecretVault vault, SecretCache secrets, TimeProvider time, ILogger<RouteCatalog> logger)
{
    /// <exception cref="GatewayException">400 for a bad field, 409 when the name is taken.</exception>
    public async Task<RouteDocument> CreateAsync(JsonElement body, CancellationToken cancellationToken)
    {
        var draft = reader.Read(body);
        await CheckReferencesAsync(draft.Rag, cancellationToken).ConfigureAwait(false);
        store.Forget(draft.Name);
        if (await store.GetAsync(draft.Name, cancellationToken).ConfigureAwait(false) is not null) throw Taken();

        var writer = new CredentialWriter(vault, secrets, providers);
        try
        {
            var created = await store.UpdateAsync(
                draft.Name,
                async current =>
                {
                    if (current is { Deleted: false }) throw Taken();
                    var credentials = await writer.EnsureAsync(draft, null, cancellationToken).ConfigureAwait(false);
                    var empty = current ?? new RouteDocument { Name = draft.Name, Revision = 0, Current = 0 };
                    return empty.With(draft.ToVersion(time.GetUtcNow()), credentials);
                },
                cancellationToken).ConfigureAwait(false);
            LogWritten(logger, created.Name, created.Current);
            return created;
        }
        catch (GatewayException)
        {
            // Only what is refused for certain is undone: after any other failure the write may have gone through.
            await writer.UndoAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Applies a JSON merge patch to the current version; patches that meet are applied one after the other.</summary>
    /// <param name="expected">The versions that the caller takes it to be one of; null for any.</param>
    public Task<RouteDocument> PatchAsync(string name, JsonElement patch, IReadOnlySet<int>? expected, CancellationToken cancellationToken) =>
        AddVersionAsync(name, expected, current => reader.Read(new RoutePatch(providers).Apply(name, current.Find()!, patch)), cancellationToken);

    /// <summary>Makes a new version that equals an old one.</summary>
    public Task<RouteDocument> RestoreAsync(string name, int version, CancellationToken cancellationToken) =>
        AddVersionAsync(
            name,
            null,
            current =>
            {
                var old = current.Find(version) ?? throw UnknownVersion(name, version);
                return new RouteDraft { Name = name, RouteType = old.RouteType, Targets = old.AllTargets, Routing = old.Routing, Rag = old.Rag, Instructions = old.Instructions, Guards = old.Guards, Cache = old.Cache };
            },
            cancellationToken);

    /// <exception cref="GatewayException">404 when there is none, 409 when a rag route stands on it.</exception>
    public async Task DeleteAsync(string name, IReadOnlySet<int>? expected, CancellationToken cancellationToken)
    {
        var users = (await index.FreshAsync(cancellationToken).ConfigureAwait(false)).Entries.Where(r => r.Name != name && r.Uses.Contains(name)).Select(r => r.Name).ToList();
        if (users.Count > 0)
        {
            throw new GatewayException(
                StatusCodes.Status409Conflict,
                new ErrorDetail("route_in_use", $"Route '{name}' is used by: {string.Join(", ", users.Take(5))}. Change or delete them first.", "invalid_request_error", "name"));
        }

        IReadOnlyList<RouteCredential> credentials = [];
        await store.UpdateAsync(
            name,
            current =>
            {
                if (current is not { Deleted: false }) throw Unknown(name);
                CheckExpected(current, expected);
                credentials = current.Credentials;
                return Task.FromResult(current with { Deleted = true, Versions = [], Credentials = [] });
            },
            cancellationToken).ConfigureAwait(false);
        foreach (var credential in credentials)
        {
            secrets.Forget(credential.Secret);
            await vault.DeleteAsync(credential.Secret.Name, cancellationToken).ConfigureAwait(false);
        }

        LogDeleted(logger, name);
    }

    /// <exception cref="GatewayException">404 when there is no such route.</exception>
    public async Task<RouteDocument> GetAsync(string name, CancellationToken cancellationToken) =>
        (RouteName.IsValid(name) ? await store.GetAsync(name, cancellationToken).ConfigureAwait(false) : null) ?? throw Unknown(name);

    /// <summary>What listings show, perhaps as it was a moment ago.</summary>
    public ValueTask<RouteListing> ListAsync(CancellationToken cancellationToken) => index.GetAsync(cancellationToken);

    /// <summary>At most <paramref name="size"/> routes that the caller may use, at their current versions, and the name to go on behind; null at the end.</summary>
    public async Task<(IReadOnlyList<RouteDocument> Routes, string? Next)> PageAsync(Caller caller, string? after, int size, CancellationToken cancellationToken)
    {
        var found = (await index.GetAsync(cancellationToken).ConfigureAwait(false)).Visible(caller, after).Take(size + 1).ToList();
        var page = found.Count > size ? found[..size] : found;
        return (await store.ReadAsync(page, cancellationToken).ConfigureAwait(false), found.Count > size ? page[^1].Name : null);
    }

    /// <summary>Finds <c>name</c> or <c>name@version</c> for a caller.</summary>
    /// <exception cref="GatewayException">404 when there is none; 403 when the caller may not use it.</exception>
    public async ValueTask<ResolvedRoute> ResolveAsync(string reference, Caller caller, string field, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var name = RouteName.Parse(reference, field);
        if (!caller.MayUse(name.Name))
            throw new GatewayException(StatusCodes.Status403Forbidden, new ErrorDetail("route_not_permitted", $"This key may not use route '{name.Name}'.", "permission_error", field));
        var document = await store.GetAsync(name.Name, cancellationToken).ConfigureAwait(false) ?? throw Unknown(name.Name, field);
        var version = document.Find(name.Version) ?? throw UnknownVersion(name.Name, name.Version ?? document.Current, field);
        CheckPermitted(name.Name, version, caller, field);
        return new ResolvedRoute(document, version);
    }

    internal static GatewayException UnknownVersion(string name, int version, string field = "version") =>
        GatewayException.NotFound("version_not_found", $"Route '{name}' has no version {version}.", field);

    private static GatewayException Unknown(string name, string field = "name") =>
        GatewayException.NotFound("route_not_found", RouteName.IsValid(name) ? $"The route '{name}' is not present. Please verify the route name." : "There is no route of that name.", field);

    private static GatewayException Taken() =>
        new(StatusCodes.Status409Conflict, new ErrorDetail("route_exists", "A route of this name exists; change it with PATCH.", "invalid_request_error", "name"));

    /// <summary>Whether the caller may use a version by its collection and models.</summary>
    internal static bool IsPermitted(RouteVersion version, Caller caller) =>
        (version.Rag is not { } rag || caller.MayRead(rag.Collection)) && version.AllTargets.All(t => caller.MayUseModel(t.Model.Name));

    private static void CheckPermitted(string name, RouteVersion version, Caller caller, string field)
    {
        if (version.Rag is { } rag && !caller.MayRead(rag.Collection))
            throw new GatewayException(StatusCodes.Status403Forbidden, new ErrorDetail("collection_not_permitted", $"This key may not use the collection of route '{name}'.", "permission_error", field));
        // Whoever may use an answers route may embed and rerank with what it stands on.
        if (caller.Through is not null && version.RouteType is RouteTypes.Embeddings or RouteTypes.Rerank) return;
        if (!version.AllTargets.All(t => caller.MayUseModel(t.Model.Name)))
            throw new GatewayException(StatusCodes.Status403Forbidden, new ErrorDetail("model_not_permitted", $"This key may not use the model of route '{name}'.", "permission_error", field));
    }

    private static void CheckExpected(RouteDocument current, IReadOnlySet<int>? expected)
    {
        if (expected?.Contains(current.Current) == false)
        {
            throw new GatewayException(
                StatusCodes.Status412PreconditionFailed,
                new ErrorDetail("version_mismatch", $"The route is at version {current.Current}.", "invalid_request_error", "if-match"));
        }
    }

    private async Task<RouteDocument> AddVersionAsync(string name, IReadOnlySet<int>? expected, Func<RouteDocument, RouteDraft> draftOf, CancellationToken cancellationToken)
    {
        if (!RouteName.IsValid(name)) throw Unknown(name);
        var writer = new CredentialWriter(vault, secrets, providers);
        try
        {
            var written = await store.UpdateAsync(
                name,
                async current =>
                {
                    if (current is not { Deleted: false }) throw Unknown(name);
                    CheckExpected(current, expected);
                    var draft = draftOf(current);
                    await CheckReferencesAsync(draft.Rag, cancellationToken).ConfigureAwait(false);
                    var credentials = await writer.EnsureAsync(draft, current, cancellationToken).ConfigureAwait(false);
                    return current.With(draft.ToVersion(time.GetUtcNow()), credentials);
                },
                cancellationToken).ConfigureAwait(false);
            LogWritten(logger, written.Name, written.Current);
            return written;
        }
        catch (GatewayException)
        {
            await writer.UndoAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task CheckReferencesAsync(Retrieval.RagSettings? rag, CancellationToken cancellationToken)
    {
        if (rag is null) return;
        await CheckReferenceAsync("rag.embeddings_route", rag.EmbeddingsRoute, [RouteTypes.Embeddings], cancellationToken).ConfigureAwait(false);
        if (rag.Rerank is { } rerank) await CheckReferenceAsync("rag.rerank.route", rerank.Route, [RouteTypes.Rerank], cancellationToken).ConfigureAwait(false);
        var writer = await CheckReferenceAsync("rag.completions_route", rag.CompletionsRoute, [RouteTypes.Chat, RouteTypes.Completions], cancellationToken).ConfigureAwait(false);
        if (rag.Quoting != Retrieval.QuotingMode.Constrained) return;
        if (writer.AllTargets.FirstOrDefault(target => !providers.Get(target.Model.Provider).Abilities.Takes(writer.RouteType, GuidedQuoting.Parameter)) is { } other)
        {
            throw GatewayException.Invalid(
                "rag.quoting", $"'rag.quoting' is constrained, which the provider {other.Model.Provider} of the route '{rag.CompletionsRoute}' does not support; permitted with it: free.", "unsupported_parameter");
        }
    }

    private async Task<RouteVersion> CheckReferenceAsync(string field, string reference, string[] types, CancellationToken cancellationToken)
    {
        var name = RouteName.Parse(reference, field);
        var found = (await store.GetAsync(name.Name, cancellationToken).ConfigureAwait(false))?.Find(name.Version)
            ?? throw GatewayException.Invalid(field, $"'{field}' names the route '{name}', which is not present.", "route_not_found");
        if (!types.Contains(found.RouteType))
            throw GatewayException.Invalid(field, $"'{field}' names a route of type {found.RouteType}; permitted: {string.Join(", ", types)}.", "wrong_route_type");
        return found;
    }

    [LoggerMessage(1101, LogLevel.Information, "Route {Route} is at version {Version}.")]
    private static partial void LogWritten(ILogger logger, string route, int version);

    [LoggerMessage(1102, LogLevel.Information, "Route {Route} is deleted.")]
    private static partial void LogDeleted(ILogger logger, string route);
}
