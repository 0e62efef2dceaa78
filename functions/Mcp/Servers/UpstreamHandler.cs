using System.Net;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Secrets;
using Serverless.Functions.Telemetry;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>
/// Between the SDK's client and the network, for one server: it shows the server's own credential and nothing of the caller's, reads the credential anew and tries once more where it was refused, and counts what comes back.
/// </summary>
internal sealed class UpstreamHandler(HttpMessageHandler inner, McpServerDocument server, SecretCache secrets, TimeProvider time) : DelegatingHandler(inner)
{
    // Of what the SDK sends by itself, answers are nobody's.
    private const int UnaskedBytes = 64 * 1024;

    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        // The end of a session is told with no limit of the SDK's own.
        using var limit = request.Method == HttpMethod.Delete ? new CancellationTokenSource(Farewell, time) : new CancellationTokenSource();
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var exchange = UpstreamExchange.Current ?? new UpstreamExchange(UnaskedBytes);
        if (GatewayTraces.CurrentId is { } trace) request.Headers.TryAddWithoutValidation("traceparent", trace);
        var key = await ShowAsync(request, exchange, linked.Token).ConfigureAwait(false);
        var response = await base.SendAsync(request, linked.Token).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.Unauthorized && key is not null && secrets.Refresh(server.Credential!.Secret, key))
        {
            response.Dispose();
            await ShowAsync(request, exchange, linked.Token).ConfigureAwait(false);
            response = await base.SendAsync(request, linked.Token).ConfigureAwait(false);
        }

        exchange.Saw(response, time.GetUtcNow());
        var content = new StreamContent(new ExchangeStream(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), exchange));
        foreach (var (name, values) in response.Content.Headers.NonValidated) content.Headers.TryAddWithoutValidation(name, values);
        response.Content = content;
        return response;
    }

    /// <returns>What was shown; null for a server that asks for nothing.</returns>
    private async Task<SecretText?> ShowAsync(HttpRequestMessage request, UpstreamExchange exchange, CancellationToken cancellationToken)
    {
        if (server.Credential is not { } credential) return null;
        SecretText key;
        try
        {
            key = await secrets.GetAsync(credential.Secret, cancellationToken).ConfigureAwait(false) is { FitsHeader: true } found ? found : throw UpstreamFaults.NoCredential(server);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            exchange.Fault = failure;
            throw;
        }

        request.Headers.Remove(credential.Header);
        request.Headers.TryAddWithoutValidation(credential.Header, credential.Scheme is { } scheme ? $"{scheme} {key.Reveal()}" : key.Reveal());
        exchange.HadCredential = true;
        return key;
    }
}
