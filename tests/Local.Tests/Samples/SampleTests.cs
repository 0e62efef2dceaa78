using Azure.Storage.Blobs;
using Local.Tests.Storage;
using Local.Tests.Support;
using Serverless.Local.Samples;

namespace Local.Tests.Samples;

public sealed class SampleTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    [Fact]
    public async Task Upload_SecondTime_TakesOnlyWhatIsMissingOrDifferent()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["plants"]);
        await File.WriteAllTextAsync(folder["plants/fig.md"], "# Fig");
        await File.WriteAllTextAsync(folder["moss.txt"], "Moss");
        var upload = new DocumentUpload(azurite.ConnectionString);

        Assert.Equal((2, 2), await upload.RunAsync(folder.Path, "garden", CancellationToken.None));
        Assert.Equal((0, 2), await upload.RunAsync(folder.Path, "garden", CancellationToken.None));
        await File.WriteAllTextAsync(folder["moss.txt"], "Mosses");
        Assert.Equal((1, 2), await upload.RunAsync(folder.Path, "garden", CancellationToken.None));

        var blobs = new BlobContainerClient(azurite.ConnectionString, "documents");
        Assert.Equal("Mosses", (await blobs.GetBlobClient("garden/moss.txt").DownloadContentAsync()).Value.Content.ToString());
        Assert.Equal("text/markdown; charset=utf-8", (await blobs.GetBlobClient("garden/plants/fig.md").GetPropertiesAsync()).Value.ContentType);
    }

    [Theory]
    [InlineData("""{"documents":[{"document":"a.md","state":"ready"},{"document":"b.md","state":"embedding"},{"document":"c.md","state":"failed","error":"not UTF-8"}]}""")]
    [InlineData("""[{"document":"a.md","state":"ready"},{"document":"b.md","state":"queued"},{"document":"c.md","state":"failed","error":"not UTF-8"}]""")]
    public void Progress_List_CountsWhatHasEnded(string json)
    {
        var progress = IngestionProgress.Parse(json);

        Assert.Equal(1, progress.Ready);
        Assert.Equal(2, progress.Ended);
        Assert.Equal(("c.md", "not UTF-8"), Assert.Single(progress.Failures));
    }
}
