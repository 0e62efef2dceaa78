using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Serverless.Local.Loopback;

namespace Serverless.Local.KeyVault;

/// <summary>The REST surface of Key Vault's secrets, any api-version.</summary>
internal sealed class KeyVaultEndpoints(Vault vault, KeyVaultEmulatorOptions options, RequestFaults faults)
{
    // The SDK learns the scope from this challenge; its host must be the parent of the vault's.
    private const string Challenge = "Bearer authorization=\"https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000\", resource=\"https://vault.azure.net\"";
    private const int PageSize = 25;

    public void Map(WebApplication app)
    {
        app.Use(Guard);
        app.MapGet("/secrets", List);
        app.MapPost("/secrets/restore", Restore);
        app.MapPut("/secrets/{name}", Set);
        app.MapGet("/secrets/{name}", context => Respond(context, SecretBundle.Write(Host(context), vault.Get(Host(context), Name(context), null), withValue: true)));
        app.MapDelete("/secrets/{name}", context => Respond(context, SecretBundle.Write(Host(context), vault.Delete(Host(context), Name(context)))));
        app.MapGet("/secrets/{name}/versions", Versions);
        app.MapPost("/secrets/{name}/backup", context => Respond(context, new JsonObject { ["value"] = Base64Url.EncodeToString(vault.Backup(Host(context), Name(context))) }));
        app.MapGet("/secrets/{name}/{version}", context => Respond(context, SecretBundle.Write(Host(context), vault.Get(Host(context), Name(context), Version(context)), withValue: true)));
        app.MapPatch("/secrets/{name}/{version}", Update);
        app.MapGet("/deletedsecrets", ListDeleted);
        app.MapGet("/deletedsecrets/{name}", context => Respond(context, SecretBundle.Write(Host(context), vault.GetDeleted(Host(context), Name(context)))));
        app.MapPost("/deletedsecrets/{name}/recover", context => Respond(context, SecretBundle.Write(Host(context), vault.Recover(Host(context), Name(context)), withValue: false)));
        app.MapDelete("/deletedsecrets/{name}", Purge);
        app.MapFallback(context => throw new KeyVaultException(400, "BadParameter", $"The local Key Vault emulator does not support {context.Request.Method} on this path; secrets it does."));
    }

    private static string Host(HttpContext context) => context.Request.Host.Host.ToLowerInvariant();

    private static string Name(HttpContext context) => (string)context.Request.RouteValues["name"]!;

    private static string Version(HttpContext context) => (string)context.Request.RouteValues["version"]!;

    private static Task Respond(HttpContext context, JsonNode body, int status = 200)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(body, context.RequestAborted);
    }

    private static Task RespondWithError(HttpContext context, int status, string code, string message, string? innerCode = null)
    {
        var error = new JsonObject { ["code"] = code, ["message"] = message };
        if (innerCode is not null)
            error["innererror"] = new JsonObject { ["code"] = innerCode };
        return Respond(context, new JsonObject { ["error"] = error }, status);
    }

    private async Task Guard(HttpContext context, RequestDelegate next)
    {
        // Challenged before anything else: the SDK's first request to a vault has neither token nor body.
        if (!IsAllowed(context.Request.Headers.Authorization.ToString()))
        {
            context.Response.Headers.WWWAuthenticate = Challenge;
            await RespondWithError(context, 401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.");
            return;
        }

        if (faults.TakeRequest() is { } fault)
        {
            if (fault.RetryAfter is { } delay)
                context.Response.Headers.RetryAfter = ((int)Math.Ceiling(delay.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            await RespondWithError(context, fault.Status, fault.Status == 429 ? "Throttled" : "ServiceUnavailable", "Injected fault.");
            return;
        }

        try
        {
            await next(context);
        }
        catch (KeyVaultException refused)
        {
            await RespondWithError(context, refused.Status, refused.Code, refused.Message, refused.InnerCode);
        }
        catch (Microsoft.Data.Sqlite.SqliteException failure)
        {
            // A full disk, say: nothing was written, and whoever asked tries again.
            await RespondWithError(context, 503, "ServiceUnavailable", $"The emulator's database cannot be used (SQLite {failure.SqliteErrorCode}).");
        }
        catch (BadHttpRequestException refused)
        {
            await RespondWithError(context, refused.StatusCode, "BadParameter", "The request body cannot be read.");
        }
    }

    private bool IsAllowed(string authorization) =>
        authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(authorization["Bearer ".Length..]), Encoding.UTF8.GetBytes(options.BearerToken));

    private async Task Set(HttpContext context)
    {
        var change = await SecretChange.ReadAsync(context.Request.Body, context.RequestAborted);
        await Respond(context, SecretBundle.Write(Host(context), vault.Set(Host(context), Name(context), change), withValue: true));
    }

    private async Task Update(HttpContext context)
    {
        var change = await SecretChange.ReadAsync(context.Request.Body, context.RequestAborted);
        await Respond(context, SecretBundle.Write(Host(context), vault.Update(Host(context), Name(context), Version(context), change), withValue: false));
    }

    private async Task Restore(HttpContext context)
    {
        var change = await SecretChange.ReadRawAsync(context.Request.Body, context.RequestAborted);
        byte[] backup;
        try
        {
            backup = Base64Url.DecodeFromChars(change.Value ?? "");
        }
        catch (FormatException)
        {
            throw KeyVaultException.BadParameter("The property 'value' is not base64url.");
        }

        await Respond(context, SecretBundle.Write(Host(context), vault.Restore(Host(context), backup), withValue: false));
    }

    private Task Purge(HttpContext context)
    {
        vault.Purge(Host(context), Name(context));
        context.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    private Task List(HttpContext context)
    {
        var (after, limit) = Page(context);
        var secrets = vault.List(Host(context), after, limit);
        return RespondWithPage(context, limit, secrets, secret => SecretBundle.Write(Host(context), secret, withValue: false, withVersion: false), secret => secret.Name);
    }

    private Task Versions(HttpContext context)
    {
        var (after, limit) = Page(context);
        var versions = vault.ListVersions(Host(context), Name(context), after, limit);
        return RespondWithPage(context, limit, versions, version => SecretBundle.Write(Host(context), version, withValue: false), version => version.Version);
    }

    private Task ListDeleted(HttpContext context)
    {
        var (after, limit) = Page(context);
        var secrets = vault.ListDeleted(Host(context), after, limit);
        return RespondWithPage(context, limit, secrets, secret => SecretBundle.Write(Host(context), secret, withVersion: false), secret => secret.Current.Name);
    }

    private static (string After, int Limit) Page(HttpContext context)
    {
        var limit = PageSize;
        if (context.Request.Query.TryGetValue("maxresults", out var asked) && (!int.TryParse(asked, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > PageSize))
            throw KeyVaultException.BadParameter($"The query parameter 'maxresults' is invalid: 1 to {PageSize} is permitted.");
        return (context.Request.Query["$skiptoken"].ToString(), limit);
    }

    private static Task RespondWithPage<T>(HttpContext context, int limit, IReadOnlyList<T> items, Func<T, JsonNode> write, Func<T, string> position)
    {
        string? next = null;
        if (items.Count == limit)
            next = $"https://{context.Request.Host.Host}{context.Request.Path}?api-version={Uri.EscapeDataString(context.Request.Query["api-version"].ToString())}&maxresults={limit}&$skiptoken={position(items[^1])}";
        return Respond(context, new JsonObject { ["value"] = new JsonArray([.. items.Select(write)]), ["nextLink"] = next });
    }
}
