using System.Text;

namespace Serverless.Functions.Tests.Providers;

/// <summary>A service at any address, for what a provider says to a vendor's own alone: answers the same JSON to every request, and keeps the last body.</summary>
internal sealed class RecordingHandler(string answer) : HttpMessageHandler, IHttpMessageHandlerFactory
{
    public string? Body { get; private set; }

    public HttpMessageHandler CreateHandler(string name) => this;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Body = request.Content is { } content ? await content.ReadAsStringAsync(cancellationToken) : null;
        return new HttpResponseMessage { Content = new StringContent(answer, Encoding.UTF8, "application/json") };
    }
}
