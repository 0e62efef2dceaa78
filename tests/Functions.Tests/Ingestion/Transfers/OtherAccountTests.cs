using System.Net;
using System.Text.Json;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.Transfers;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion.Transfers;

/// <summary>Documents come from another storage account, with the app's identity, where the settings admit its host.</summary>
[Collection(AzureCollection.Name)]
public sealed class OtherAccountTests : IAsyncLifetime
{
    private const string Address = "https://files.blob.core.windows.net/docs";

    private readonly OtherAccount _account = new();
    private readonly IngestionHarness _app;
    private readonly TransferDriver _transfers;

    public OtherAccountTests(AzureServices azure)
    {
        _app = new IngestionHarness(azure, new() { ["Gateway:AllowedHosts"] = "files.blob.core.windows.net" }, outbound: _account);
        _transfers = new TransferDriver(_app);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Import_FromAnAdmittedAccount_IsAskedForWithTheAppsIdentity()
    {
        var import = await _transfers.ImportAsync(new { uri = Address });
        Assert.Equal(("completed", 1), (import.GetProperty("state").GetString(), import.GetProperty("counts").GetProperty("written").GetInt32()));
        Assert.Equal("Text from elsewhere.", (await _app.Documents.GetBlobClient($"{_app.Collection}/a.txt").DownloadContentAsync()).Value.Content.ToString());
        Assert.All(_account.Requests, request => Assert.Equal(("GET", "files.blob.core.windows.net", "Bearer"), (request.Method, request.Uri.Host, request.Scheme)));
        var again = await _transfers.ImportAsync(new { uri = Address });
        Assert.Equal(1, again.GetProperty("counts").GetProperty("unchanged").GetInt32());
    }

    [Fact]
    public async Task Import_FromAnAccountThatRefuses_FailsByName()
    {
        _account.Status = HttpStatusCode.Forbidden;
        var import = await _transfers.ImportAsync(new { uri = Address });
        Assert.Equal(("failed", "source_refused"), (import.GetProperty("state").GetString(), import.GetProperty("error_code").GetString()));
        Assert.Contains("Storage Blob Data Reader", import.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://others.blob.core.windows.net/docs")]
    [InlineData("https://files.blob.core.windows.net:444/docs")]
    public async Task Import_FromAnotherHost_IsRefusedAndNobodyIsAsked(string uri)
    {
        var refused = await Assert.ThrowsAsync<GatewayException>(() => _transfers.AnswerAsync(request => _app.Get<ImportFunctions>().StartAsync(request, _app.Durable), JsonSerializer.SerializeToElement(new { uri })));
        Assert.Equal((400, "uri", "host_not_allowed"), (refused.Status, refused.Error.Param, refused.Error.Code));
        Assert.Empty(_account.Requests);
    }

    /// <summary>An owner may not have the app's identity read what other accounts hold.</summary>
    [Fact]
    public async Task Import_ByAnOwner_IsRefused()
    {
        await _app.Get<Functions.Ingestion.Collections.CollectionStore>().SaveAsync(_app.Collection, new() { EmbeddingsRoute = _app.Route, Owner = "owner" }, default);
        var owner = new Caller("owner", ["staff"], IsOperator: false);
        var refused = await Assert.ThrowsAsync<GatewayException>(() => _transfers.AnswerAsync(request => _app.Get<ImportFunctions>().StartAsync(request, _app.Durable), new { uri = Address }, caller: owner));
        Assert.Equal((403, "container_not_permitted"), (refused.Status, refused.Error.Code));
        Assert.Empty(_account.Requests);
    }
}
