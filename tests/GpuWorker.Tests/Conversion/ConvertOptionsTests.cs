using Serverless.GpuWorker.Conversion;
using Serverless.GpuWorker.Hosting;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Tests.Conversion;

public sealed class ConvertOptionsTests
{
    private static readonly string Existing = Path.GetTempPath();

    [Fact]
    public void Read_All_GivesTheRequest()
    {
        var (request, error) = Read("source", Existing, "output", "/out", "format", "int8", "ranks", "4", "keep", "lm_head=f16,layers.0-1.down=f32,layers.3=int4");

        Assert.Null(error);
        Assert.Equal(("/out", 4, "int8, lm_head=f16, layers.0-1.down=f32, layers.3=int4"), (request!.Output, request.Ranks, request.Formats.ToString()));
        Assert.Equal("/.out.partial", request.WorkFolder);
        Assert.Equal(WeightFormat.Float16, request.Formats.Of(null, "lm_head"));
        Assert.Equal(WeightFormat.Float32, request.Formats.Of(1, "down"));
        Assert.Equal(WeightFormat.Int8, request.Formats.Of(2, "down"));
        Assert.Equal(WeightFormat.Int4, request.Formats.Of(3, "q"));
        Assert.Equal(WeightFormat.Int8, request.Formats.Of(null, "dense"));
    }

    [Theory]
    [InlineData("needs --source DIR and --output DIR", "source", "x")]
    [InlineData("--source must name an existing folder", "source", "/does/not/exist", "output", "x")]
    [InlineData("--format must be f32, f16, int8 or int4", "format", "q4")]
    [InlineData("--ranks must be 1, 2, 4 or 8", "ranks", "3")]
    [InlineData("--keep must hold rules like", "keep", "lm_head")]
    [InlineData("--keep must hold rules like", "keep", "lm_head=int5")]
    [InlineData("--keep must hold rules like", "keep", "layers.4-3.down=int8")]
    [InlineData("--keep must hold rules like", "keep", "layers.x.down=int8")]
    [InlineData("--keep must hold rules like", "keep", "layers.1.down.up=int8")]
    [InlineData("--keep must hold rules like", "keep", "lm_head=int8,")]
    public void Read_Wrong_NamesTheOptionAndWhatIsPermitted(string expected, params string[] settings)
    {
        bool isWhole = settings.Contains("source");
        var (request, error) = Read(isWhole ? settings : [.. settings, "source", Existing, "output", "/out"]);

        Assert.Null(request);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OutputInTheSource_IsRefused() =>
        Assert.Contains("--output must not lie in the source", Read("source", Existing, "output", Path.Combine(Existing, "out")).Error, StringComparison.Ordinal);

    private static (ConversionRequest? Request, string? Error) Read(params string[] settings) =>
        ConvertOptions.Read(settings.Chunk(2).ToDictionary(pair => CommandOptions.ConvertPrefix + pair[0], pair => (string?)pair[1]));
}
