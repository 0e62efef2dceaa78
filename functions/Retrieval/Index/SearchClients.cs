using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Search.Documents;
using Azure.Search.Documents.Indexes;
using Microsoft.Extensions.Options;

namespace Serverless.Functions.Retrieval.Index;

/// <summary>The service's clients: one connection pool, keyed by index name.</summary>
public sealed class SearchClients
{
    public SearchClients(IOptions<SearchOptions> options, Func<TokenCredential> credential, HttpPipelineTransport? transport)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(credential);
        var client = new SearchClientOptions();
        if (transport is not null) client.Transport = transport;
        var endpoint = options.Value.Endpoint!;
        Indexes = string.IsNullOrEmpty(options.Value.ApiKey)
            ? new SearchIndexClient(endpoint, credential(), client)
            : new SearchIndexClient(endpoint, new AzureKeyCredential(options.Value.ApiKey), client);
    }

    public SearchIndexClient Indexes { get; }

    public SearchClient Chunks(string index) => Indexes.GetSearchClient(index);
}
