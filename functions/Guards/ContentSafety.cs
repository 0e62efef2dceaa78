using System.Text.Json;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Guards;

/// <summary>Azure AI Content Safety over REST (2024-09-01, <c>text:analyze</c>): the worst severity of hate, self-harm, sexual content and violence in a text.</summary>
public sealed class ContentSafety
{
    /// <summary>The service takes 10,000 characters a call.</summary>
    internal const int MaxChars = 10_000;

    private const string Scope = "https://cognitiveservices.azure.com/.default";
    private const string Path = "/contentsafety/text:analyze?api-version=2024-09-01";

    private readonly HttpPipeline? _pipeline;
    private readonly Uri? _endpoint;

    /// <param name="credential">Asked only where an endpoint is configured.</param>
    public ContentSafety(ContentSafetyOptions options, ContentSafetyClientOptions client, Func<TokenCredential> credential)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(credential);
        _endpoint = options.Endpoint;
        if (_endpoint is not null) _pipeline = HttpPipelineBuilder.Build(client, new BearerTokenAuthenticationPolicy(credential(), Scope));
    }

    public bool IsConfigured => _pipeline is not null;

    /// <summary>The worst severity in a text, 0..7; long texts go in several calls.</summary>
    /// <exception cref="GatewayException">503: the service did not answer, so nobody knows.</exception>
    public async Task<int> SeverityAsync(string text, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(text);
        var worst = 0;
        using var wait = RequestTiming.Upstream();
        for (var at = 0; at < text.Length; at += MaxChars)
            worst = Math.Max(worst, await AnalyzeAsync(text.Substring(at, Math.Min(MaxChars, text.Length - at)), cancellationToken).ConfigureAwait(false));
        return worst;
    }

    private static GatewayException Unavailable(TimeSpan? wait = null) => new(
        StatusCodes.Status503ServiceUnavailable,
        new ErrorDetail("guard_unavailable", "The service that checks content for this route did not answer; try again later.", "server_error"),
        wait ?? TimeSpan.FromSeconds(1));

    private async Task<int> AnalyzeAsync(string text, CancellationToken cancellationToken)
    {
        if (_pipeline is null) throw Unavailable();
        using var message = _pipeline.CreateMessage();
        message.Request.Method = RequestMethod.Post;
        message.Request.Uri.Reset(new Uri(_endpoint!, Path));
        message.Request.Headers.Add("Content-Type", "application/json");
        message.Request.Content = RequestContent.Create(JsonSerializer.SerializeToUtf8Bytes(new { text, outputType = "EightSeverityLevels" }));
        try
        {
            await _pipeline.SendAsync(message, cancellationToken).ConfigureAwait(false);
            if (message.Response.Status != 200) throw Unavailable(ServiceFailure.RetryAfterOf(message.Response));
            using var answer = JsonDocument.Parse(message.Response.Content);
            return answer.RootElement.GetProperty("categoriesAnalysis").EnumerateArray().Select(c => c.TryGetProperty("severity", out var severity) ? severity.GetInt32() : 0).DefaultIfEmpty().Max();
        }
        catch (Exception failure) when (failure is RequestFailedException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException or AggregateException)
        {
            throw Unavailable();
        }
    }
}
