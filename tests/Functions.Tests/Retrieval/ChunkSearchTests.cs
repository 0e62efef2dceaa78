using System.Net;
using Azure.Core.Pipeline;
using Azure.Search.Documents;
using Microsoft.Extensions.Options;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;
using Serverless.Functions.Retrieval.Index;

namespace Serverless.Functions.Tests.Retrieval;

public sealed class ChunkSearchTests
{
    [Fact]
    public async Task Search_TakingItsTime_IsNoOverheadOfOurs()
    {
        var time = new ManualTime();
        var options = new ChunkIndexOptions { Endpoint = new Uri("https://test.search.windows.net"), ApiKey = "key" };
        using var transport = new HttpClientTransport(new HttpClient(new SlowService(time)));
        var clients = new SearchClients(Options.Create(options), () => throw new InvalidOperationException("There is a key."), new SearchClientOptions { Transport = transport });
        var timing = RequestTiming.Begin(time);
        time.Advance(TimeSpan.FromMilliseconds(3));
        Assert.Empty(await new ChunkSearch(clients, new ChunkIndexes(clients, Options.Create(options))).ByVectorAsync("chunks", new float[] { 1 }, "c", Caller.System, 4, CancellationToken.None));
        time.Advance(TimeSpan.FromMilliseconds(2));
        Assert.Equal(TimeSpan.FromMilliseconds(5), timing.Overhead);
    }

    private const string Index = """{"name":"chunks","fields":[{"name":"id","type":"Edm.String","key":true},{"name":"normalized","type":"Edm.String"},{"name":"users","type":"Collection(Edm.String)"},{"name":"metadata","type":"Collection(Edm.ComplexType)","fields":[{"name":"name","type":"Edm.String"}]},{"name":"embedding","type":"Collection(Edm.Single)","dimensions":1,"vectorSearchProfile":"v"}]}""";

    private sealed class SlowService(ManualTime time) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            time.Advance(TimeSpan.FromMilliseconds(400));
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(request.Method == HttpMethod.Get ? Index : """{"value":[]}""", null, "application/json") });
        }
    }
}
