using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Serverless.Functions.Tests.Hosting;

/// <summary>The part of Key Vault's REST surface that the app uses, with the challenge, versions and soft delete; every other host goes to the network.</summary>
internal sealed class FakeKeyVault : DelegatingHandler
{
    public const string Host = "test.vault.azure.net";

    public FakeKeyVault()
        : base(new SocketsHttpHandler())
    {
    }

    /// <summary>Versions of each secret, the latest last.</summary>
    public ConcurrentDictionary<string, List<(string Version, string Value)>> Secrets { get; } = new();

    public ConcurrentDictionary<string, List<(string Version, string Value)>> Deleted { get; } = new();

    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Answers before anything is done, when it gives an answer.</summary>
    public Func<HttpRequestMessage, HttpResponseMessage?>? Fault { get; set; }

    public int Count(string method) => Requests.Count(r => r.StartsWith(method, StringComparison.Ordinal));

    public void Put(string name, string value) => Secrets[name] = [.. Secrets.GetValueOrDefault(name, []), (Guid.NewGuid().ToString("N"), value)];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri!.Host != Host) return await base.SendAsync(request, cancellationToken);
        if (request.Headers.Authorization is null)
        {
            var challenge = Error(HttpStatusCode.Unauthorized, "Unauthorized");
            challenge.Headers.TryAddWithoutValidation("WWW-Authenticate", "Bearer authorization=\"https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000\", resource=\"https://vault.azure.net\"");
            return challenge;
        }

        Requests.Enqueue($"{request.Method} {request.RequestUri.AbsolutePath}");
        if (Fault?.Invoke(request) is { } fault) return fault;
        var parts = request.RequestUri.AbsolutePath.Trim('/').Split('/');
        var name = parts.ElementAtOrDefault(1) ?? "";
        return (request.Method.Method, parts) switch
        {
            ("PUT", ["secrets", _]) when Deleted.ContainsKey(name) => Error(HttpStatusCode.Conflict, "Conflict", "ObjectIsDeletedButRecoverable"),
            ("PUT", ["secrets", _]) => Set(name, await request.Content!.ReadAsStringAsync(cancellationToken)),
            ("GET", ["secrets", _]) => Get(name, null),
            ("GET", ["secrets", _, var version]) => Get(name, version),
            ("DELETE", ["secrets", _]) => Move(Secrets, Deleted, name),
            ("GET", ["deletedsecrets", _]) => Deleted.TryGetValue(name, out var versions) ? Bundle(name, versions[^1]) : NotFound(),
            ("POST", ["deletedsecrets", _, "recover"]) => Move(Deleted, Secrets, name),
            _ => Error(HttpStatusCode.BadRequest, "BadParameter"),
        };
    }

    private static HttpResponseMessage NotFound() => Error(HttpStatusCode.NotFound, "SecretNotFound");

    private static HttpResponseMessage Error(HttpStatusCode status, string code, string? inner = null) =>
        Json(status, new JsonObject { ["error"] = new JsonObject { ["code"] = code, ["message"] = code, ["innererror"] = inner is null ? null : new JsonObject { ["code"] = inner } } });

    private static HttpResponseMessage Bundle(string name, (string Version, string Value) secret) =>
        Json(HttpStatusCode.OK, new JsonObject { ["value"] = secret.Value, ["id"] = $"https://{Host}/secrets/{name}/{secret.Version}", ["attributes"] = new JsonObject { ["enabled"] = true } });

    private static HttpResponseMessage Json(HttpStatusCode status, JsonNode body) =>
        new(status) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };

    private static HttpResponseMessage Move(ConcurrentDictionary<string, List<(string Version, string Value)>> from, ConcurrentDictionary<string, List<(string Version, string Value)>> to, string name)
    {
        if (!from.TryRemove(name, out var versions)) return NotFound();
        to[name] = versions;
        return Bundle(name, versions[^1]);
    }

    private HttpResponseMessage Get(string name, string? version)
    {
        if (!Secrets.TryGetValue(name, out var versions)) return NotFound();
        var found = version is null ? versions[^1] : versions.FirstOrDefault(v => v.Version == version);
        return found.Version is null ? NotFound() : Bundle(name, found);
    }

    private HttpResponseMessage Set(string name, string body)
    {
        Put(name, JsonDocument.Parse(body).RootElement.GetProperty("value").GetString()!);
        return Bundle(name, Secrets[name][^1]);
    }
}
