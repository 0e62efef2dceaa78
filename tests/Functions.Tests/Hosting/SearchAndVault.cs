namespace Serverless.Functions.Tests.Hosting;

/// <summary>Requests to AI Search go to the emulator; the rest as the fake vault does.</summary>
internal sealed class SearchAndVault(Uri search) : DelegatingHandler(new FakeKeyVault())
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri!.Host.EndsWith(".search.windows.net", StringComparison.Ordinal))
        {
            request.Headers.Host = request.RequestUri.Host;
            request.RequestUri = new Uri(search, request.RequestUri.PathAndQuery);
        }

        return base.SendAsync(request, cancellationToken);
    }
}
