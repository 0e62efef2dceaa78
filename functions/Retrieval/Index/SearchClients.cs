using Azure;
using Azure.Core;
using Azure.Search.Documents;
using Azure.Search.Documents.Indexes;
using Microsoft.Extensions.Options;

namespace Serverless.Functions.Retrieval.Index;

/// <summary>The service's clients: one connection pool, keyed by index name.</summary>
public sealed class SearchClients
{
    /// <param name="credential">Asked only where no key is configured.</param>
    public SearchClients(IOptions<ChunkIndexOptions> options, Func<TokenCredential> credential, SearchClientOptions client)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(credential);
        var endpoint = options.Value.Endpoint!;
        Indexes = string.IsNullOrEmpty(options.Value.ApiKey)
            ? new SearchIndexClient(endpoint, credential(), client)
            : new SearchIndexClient(endpoint, new AzureKeyCredential(options.Value.ApiKey), client);
    }

    public SearchIndexClient Indexes { get; }

    public SearchClient Chunks(string index) => Indexes.GetSearchClient(index);
}
