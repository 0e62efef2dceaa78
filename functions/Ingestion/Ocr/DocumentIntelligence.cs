using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Microsoft.Extensions.Options;
using Serverless.Documents;

namespace Serverless.Functions.Ingestion.Ocr;

/// <summary>
/// Azure AI Document Intelligence's layout model over REST (2024-11-30, <c>documentModels/prebuilt-layout:analyze</c>): paragraphs, headings, tables
/// and pages of scans and pictures.
/// </summary>
public sealed class DocumentIntelligence
{
    private const string Scope = "https://cognitiveservices.azure.com/.default";
    private const string Path = "/documentintelligence/documentModels/prebuilt-layout:analyze?api-version=2024-11-30&stringIndexType=utf16CodeUnit";

    private readonly HttpPipeline? _pipeline;
    private readonly DocumentIntelligenceOptions _options;
    private readonly IngestionOptions _limits;
    private readonly TimeProvider _time;

    /// <param name="credential">Asked only where an endpoint is configured.</param>
    public DocumentIntelligence(IOptions<IngestionOptions> options, DocumentIntelligenceClientOptions client, Func<TokenCredential> credential, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(credential);
        _limits = options.Value;
        _options = _limits.DocumentIntelligence;
        _time = time;
        if (_options.Endpoint is not null) _pipeline = HttpPipelineBuilder.Build(client, new BearerTokenAuthenticationPolicy(credential(), Scope));
    }

    public bool IsConfigured => _pipeline is not null;

    /// <exception cref="DocumentRejectedException">The service cannot read the file.</exception>
    /// <exception cref="RequestFailedException">The service cannot be reached, refuses the app, or is too busy.</exception>
    public async Task<ExtractedDocument> ReadAsync(DocumentFile file, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (_pipeline is null) throw new InvalidOperationException("No endpoint is configured.");
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(_options.TimeoutSeconds), _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var operation = await SubmitAsync(_pipeline, file, stop.Token);
            using var result = await WaitAsync(_pipeline, operation, stop.Token);
            var document = LayoutResult.Read(result.RootElement, new ReadingScope(_limits.ReadingLimits, stop.Token));
            return string.IsNullOrWhiteSpace(document.Text) ? throw new DocumentRejectedException("The file holds no text, nor do its pictures.") : document;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new DocumentRejectedException(
                $"Document Intelligence took longer than {_options.TimeoutSeconds} seconds ({IngestionOptions.Section}:DocumentIntelligence:{nameof(_options.TimeoutSeconds)}).", isLimit: true);
        }
    }

    private async Task<Uri> SubmitAsync(HttpPipeline pipeline, DocumentFile file, CancellationToken cancellationToken)
    {
        using var message = pipeline.CreateMessage();
        message.Request.Method = RequestMethod.Post;
        message.Request.Uri.Reset(new Uri(_options.Endpoint!, Path));
        message.Request.Headers.Add("Content-Type", "application/octet-stream");
        message.Request.Content = RequestContent.Create(file.Content);
        await pipeline.SendAsync(message, cancellationToken);
        if (message.Response.Status is 400 or 413 or 415) throw new DocumentRejectedException($"Document Intelligence refuses the file with status {message.Response.Status}.");
        if (message.Response.Status != 202) throw new RequestFailedException(message.Response.Status, "Document Intelligence refused a request.");
        // The token goes along: only to where it was meant for.
        return message.Response.Headers.TryGetValue("Operation-Location", out var location) && Uri.TryCreate(location, UriKind.Absolute, out var uri)
            && uri.Scheme == Uri.UriSchemeHttps && uri.Authority == _options.Endpoint!.Authority
            ? uri
            : throw new RequestFailedException(502, "Document Intelligence named no operation of its own.");
    }

    private async Task<JsonDocument> WaitAsync(HttpPipeline pipeline, Uri operation, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var message = pipeline.CreateMessage();
            message.Request.Method = RequestMethod.Get;
            message.Request.Uri.Reset(operation);
            await pipeline.SendAsync(message, cancellationToken);
            if (message.Response.Status != 200) throw new RequestFailedException(message.Response.Status, "Document Intelligence refused a request.");
            var answer = JsonDocument.Parse(message.Response.Content);
            switch (answer.RootElement.TryGetProperty("status", out var status) ? status.GetString() : null)
            {
                case "succeeded":
                    return answer;
                case "failed" or "canceled":
                    answer.Dispose();
                    throw new DocumentRejectedException("Document Intelligence cannot read the file.");
            }

            answer.Dispose();
            var wait = message.Response.Headers.TryGetValue("Retry-After", out var after) && int.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : 1;
            await Task.Delay(TimeSpan.FromSeconds(Math.Clamp(wait, 1, 30)), _time, cancellationToken);
        }
    }
}
