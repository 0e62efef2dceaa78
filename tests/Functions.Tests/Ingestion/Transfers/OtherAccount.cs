using System.Net;

namespace Serverless.Functions.Tests.Ingestion.Transfers;

/// <summary>The blob service of another storage account, with one container <c>docs</c> of one blob: List Blobs and Get Blob as REST has them.</summary>
internal sealed class OtherAccount : HttpMessageHandler
{
    private const string Content = "Text from elsewhere.";
    private const string Tag = "\"0x8DC\"";

    /// <summary>What was asked: method, address, and the scheme of its authorization.</summary>
    public List<(string Method, Uri Uri, string? Scheme)> Requests { get; } = [];

    /// <summary>Answered instead of anything else; null: nothing.</summary>
    public HttpStatusCode? Status { get; set; }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        lock (Requests) Requests.Add((request.Method.Method, request.RequestUri!, request.Headers.Authorization?.Scheme));
        var answer = new HttpResponseMessage(Status ?? HttpStatusCode.OK) { RequestMessage = request, Content = new ByteArrayContent([]) };
        if (Status is not null) return Task.FromResult(answer);
        if (request.RequestUri!.Query.Contains("comp=list", StringComparison.Ordinal))
        {
            answer.Content = new StringContent(
                $"""
                <?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="https://files.blob.core.windows.net/" ContainerName="docs"><Blobs><Blob><Name>a.txt</Name><Properties>
                <Last-Modified>Sun, 01 Nov 2026 00:00:00 GMT</Last-Modified><Etag>{Tag.Trim('"')}</Etag><Content-Length>{Content.Length}</Content-Length><Content-Type>text/plain</Content-Type><BlobType>BlockBlob</BlobType>
                </Properties></Blob></Blobs><NextMarker /></EnumerationResults>
                """,
                System.Text.Encoding.UTF8, "application/xml");
            return Task.FromResult(answer);
        }

        answer.Content = new StringContent(Content, System.Text.Encoding.UTF8, "text/plain");
        answer.Headers.TryAddWithoutValidation("ETag", Tag);
        answer.Headers.TryAddWithoutValidation("x-ms-blob-type", "BlockBlob");
        answer.Content.Headers.LastModified = new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
        return Task.FromResult(answer);
    }
}
