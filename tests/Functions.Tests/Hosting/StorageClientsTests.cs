using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Tests.Hosting;

public sealed class StorageClientsTests
{
    [Fact]
    public void AddStorage_WithIdentity_ReachesBothServices()
    {
        using var services = new ServiceCollection().AddStorage(Settings(("DocumentStorage:blobServiceUri", "https://a.blob.core.windows.net/"), ("DocumentStorage:queueServiceUri", "https://a.queue.core.windows.net/"))).BuildServiceProvider();
        Assert.Equal("https://a.blob.core.windows.net/", services.GetRequiredService<BlobServiceClient>().Uri.AbsoluteUri);
        Assert.Equal("https://a.queue.core.windows.net/", services.GetRequiredService<QueueServiceClient>().Uri.AbsoluteUri);
    }

    [Theory]
    [InlineData("DocumentStorage:blobServiceUri", null)]
    [InlineData("DocumentStorage:blobServiceUri", "http://a.blob.core.windows.net/")]
    [InlineData("DocumentStorage:queueServiceUri", null)]
    [InlineData("DocumentStorage:queueServiceUri", "a.queue.core.windows.net")]
    public void AddStorage_WithoutAConnectionOrAnAddress_NamesTheSetting(string key, string? value)
    {
        var settings = Settings(("DocumentStorage:blobServiceUri", "https://a/"), ("DocumentStorage:queueServiceUri", "https://a/"), (key, value));
        Assert.Contains($"'{key}'", Assert.Throws<InvalidOperationException>(() => new ServiceCollection().AddStorage(settings)).Message, StringComparison.Ordinal);
    }

    /// <summary>The clients are made at first use: whoever mistyped it would learn so from an upload's 500.</summary>
    [Theory]
    [InlineData("x")]
    [InlineData("AccountName=a;AccountKey=b")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=not base64;EndpointSuffix=core.windows.net")]
    public void AddStorage_WithWhatIsNoConnection_NamesTheSettingAndNothingOfIt(string connection)
    {
        var wrong = Assert.Throws<InvalidOperationException>(() => new ServiceCollection().AddStorage(Settings(("DocumentStorage", connection)))).Message;
        Assert.StartsWith("Setting 'DocumentStorage' must be a storage connection string", wrong, StringComparison.Ordinal);
        Assert.DoesNotContain("AccountKey", wrong, StringComparison.Ordinal);
    }

    private static IConfiguration Settings(params (string Key, string? Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection().Build();
        foreach (var (key, value) in settings) configuration[key] = value;
        return configuration;
    }
}
