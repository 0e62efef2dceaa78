using System.Net;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Azure.Storage.Sas;

namespace Local.Tests.Storage;

/// <summary>Who can use the storage emulator, and with which clients.</summary>
public sealed class StorageAccessTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    private const string PublishedKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    [Fact]
    public async Task PublishedKey_ReadsNothing()
    {
        var mine = new BlobServiceClient(azurite.ConnectionString);
        await mine.GetBlobContainerClient("config").CreateIfNotExistsAsync();
        var theirs = new BlobServiceClient(mine.Uri, new StorageSharedKeyCredential(mine.AccountName, PublishedKey));

        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => theirs.GetBlobContainerClient("config").ExistsAsync());

        Assert.Equal((int)HttpStatusCode.Forbidden, refused.Status);
    }

    [Fact]
    public async Task WebPage_SimplePostSignedWithThePublishedKey_PutsNoMessage()
    {
        var queue = new QueueClient(azurite.ConnectionString, "document-events");
        await queue.CreateIfNotExistsAsync();
        var signature = new AccountSasBuilder(AccountSasPermissions.All, DateTimeOffset.UtcNow.AddDays(1), AccountSasServices.Queues, AccountSasResourceTypes.All)
            .ToSasQueryParameters(new StorageSharedKeyCredential(queue.AccountName, PublishedKey));
        using var page = new HttpClient();
        using var post = new HttpRequestMessage(HttpMethod.Post, new Uri($"{queue.Uri}/messages?{signature}"))
        {
            Content = new StringContent("<QueueMessage><MessageText>e30=</MessageText></QueueMessage>", System.Text.Encoding.UTF8, "text/plain"),
            Headers = { { "Origin", "https://evil.example" } },
        };

        using var answer = await page.SendAsync(post);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.Equal(0, (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount);
    }

    [Fact]
    public async Task ClientOfANewerApiVersion_IsServed()
    {
        var options = new BlobClientOptions();
        options.AddPolicy(new ApiVersion("2026-04-06"), HttpPipelinePosition.PerCall);
        var container = new BlobContainerClient(azurite.ConnectionString, "newer", options);

        await container.CreateIfNotExistsAsync();
        await container.UploadBlobAsync("a.txt", BinaryData.FromString("text"));

        Assert.Equal("text", (await container.GetBlobClient("a.txt").DownloadContentAsync()).Value.Content.ToString());
    }

    private sealed class ApiVersion(string version) : HttpPipelineSynchronousPolicy
    {
        public override void OnSendingRequest(HttpMessage message) => message.Request.Headers.SetValue("x-ms-version", version);
    }
}
