using System.Text;
using Serverless.GpuWorker.Calibration;
using Serverless.GpuWorker.Demo;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Hosting;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Tests.Api;
using Serverless.GpuWorker.Tests.Conversion;
using Serverless.GpuWorker.Tests.Reference;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Calibration;

public sealed class CalibratorTests : IDisposable
{
    private const string Secret = "heliotropium";
    private static readonly byte[] DemoTokenizer = DemoResources.Bytes("demo-llama.model");

    private readonly RandomLlama _model;
    private readonly string _text;

    public CalibratorTests()
    {
        int pieces = SentencePieceModelReader.Read(DemoTokenizer).Pieces.Count;
        _model = new RandomLlama(RandomLlama.Tiny() with { VocabularySize = pieces }, seed: 3);
        File.WriteAllBytes(Path.Combine(_model.Folder, "tokenizer.model"), DemoTokenizer);
        _text = Path.Combine(_model.Folder, "text.txt");
        File.WriteAllText(_text, string.Concat(Enumerable.Range(0, 60).Select(i => $"Roses like sun {i} and {Secret} likes shade. ")));
    }

    private string RangeFile => CacheRangeFile.In(_model.Folder);

    public void Dispose() => _model.Dispose();

    [Fact]
    public void Run_Text_WritesRangesThatTheCudaGraphTakes()
    {
        List<(int Done, int Total)> steps = [];

        var result = Calibrator.Run(Request(tokens: 300), (done, total) => steps.Add((done, total)));

        // 300 tokens in prompts of BOS and 95.
        Assert.Equal(304, result.Tokens);
        Assert.Equal([(96, 304), (192, 304), (288, 304), (304, 304)], steps);
        var format = new CudaFormat { Cache = KvCacheFormat.Int8 };
        using var checkpoint = CudaLlamaLoader.Open(_model.Folder, _model.Config, format);
        for (int layer = 0; layer < 2; layer++)
        {
            Assert.Equal(result.Ranges[layer].Keys, checkpoint.Floats(CudaWeightNames.CacheRange(layer, 'k'), 2, 16));
            Assert.Equal(result.Ranges[layer].Values, checkpoint.Floats(CudaWeightNames.CacheRange(layer, 'v'), 2, 16));
        }
        using var weights = CudaWeights.Load(checkpoint, new LlamaShard(_model.Config), format);
        Assert.Contains(weights.Tensors, tensor => tensor.Name == CudaWeightNames.CacheScale(1, 'v'));
        Assert.Equal(["config.json", "kv-cache-ranges.safetensors", "model.safetensors", "text.txt", "tokenizer.model"], Files());
    }

    [Fact]
    public void Run_Again_WritesTheSameBytesInPlaceOfTheFirst()
    {
        Calibrator.Run(Request(tokens: 300), Ignore);
        byte[] first = File.ReadAllBytes(RangeFile);
        CacheRangeFile.Write(RangeFile, _model.Config, [CacheRanges.Empty(_model.Config)]);

        Calibrator.Run(Request(tokens: 300), Ignore);

        Assert.Equal(first, File.ReadAllBytes(RangeFile));
    }

    [Fact]
    public void Run_ConvertedFolder_AsksForItsSource()
    {
        using var source = new RandomLlama(ConvertedModel.Shape, seed: 3);
        using var converted = ConvertedModel.Of(source, WeightFormat.Int8);

        Assert.Equal("--checkpoint is a converted folder: give the checkpoint that it was made of.", Fault<CheckpointException>(Request() with { Checkpoint = converted.Folder }));
    }

    [Fact]
    public void Run_FolderWithoutTokenizer_SaysWhichFileIsMissing()
    {
        File.Delete(Path.Combine(_model.Folder, "tokenizer.model"));

        Assert.Contains("has no tokenizer.model or spiece.model", Fault<CheckpointException>(Request()), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OutputOfAnotherCalibrationUnderWay_IsRefused()
    {
        using var other = new FileStream(RangeFile + ".lock", FileMode.Create, FileAccess.Write, FileShare.None);

        Assert.Contains("kv-cache-ranges.safetensors.lock", Fault<IOException>(Request()), StringComparison.Ordinal);
        Assert.False(File.Exists(RangeFile));
    }

    /// <summary>Found out before the model is run, as a folder that may not be written is.</summary>
    [Fact]
    public void Run_OutputThatCannotBeWritten_IsFoundOutFirst()
    {
        int steps = 0;

        Assert.ThrowsAny<IOException>(() => Calibrator.Run(Request() with { Output = Path.Combine(_model.Folder, "none", "a.safetensors") }, (_, _) => steps++));

        Assert.Equal(0, steps);
    }

    [Fact]
    public void Run_OutputThatHoldsWeights_IsLeftAlone()
    {
        string weights = Path.Combine(_model.Folder, "model.safetensors");
        byte[] before = File.ReadAllBytes(weights);

        Assert.Contains("--output must not name a file that holds anything but ranges", Fault<CheckpointException>(Request() with { Output = weights }), StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(weights));
    }

    [Fact]
    public void Run_ShortText_SaysHowManyTokensAreNeeded()
    {
        File.WriteAllText(_text, $"A short text of the {Secret}.");

        string error = Fault<InvalidDataException>(Request());

        Assert.Matches(@"^--text has \d+ tokens; at least 256 are needed\.$", error);
    }

    [Fact]
    public void Run_TextThatIsNotUtf8_IsRefusedWithoutAnyOfIt()
    {
        File.WriteAllBytes(_text, [.. File.ReadAllBytes(_text), 0xC3, 0x28, .. Encoding.UTF8.GetBytes(Secret)]);

        var error = Assert.Throws<InvalidDataException>(() => Calibrator.Run(Request(), Ignore));

        Assert.Equal("--text must name a file of UTF-8 text; it holds other bytes.", error.Message);
        Assert.Null(error.InnerException);
    }

    [Fact]
    public void Run_Command_ExitsByWhatIsAtFault()
    {
        string folder = _model.Folder, blocked = Path.Combine(folder, "blocked.safetensors");
        Directory.CreateDirectory(blocked + ".lock");

        Assert.Equal(2, Exit("--text", _text, "--tokens", "1"));
        Assert.Equal(1, Exit("--text", _text, "--output", blocked));
        Assert.Equal(0, Exit("--text", _text, "--tokens", "256"));
        File.WriteAllText(_text, "short");
        Assert.Equal(1, Exit("--text", _text));

        int Exit(params string[] args) => CalibrateCommand.Run(CommandLine.Parse(["calibrate", "--checkpoint", folder, .. args]).Settings);
    }

    /// <summary>A long file is read and encoded a piece at a time, which may end within a character of two chars.</summary>
    [Fact]
    public void Read_CharactersAcrossPieces_StayWhole()
    {
        var tokenizer = TokenizerFile.Load(_model.Folder);
        // A mark that is no text, and an odd number of chars before the pairs.
        File.WriteAllText(_text, "a" + string.Concat(Enumerable.Repeat("🌹", 40_000)), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));

        var prompts = CalibrationText.Read(_text, tokenizer, 96, 1_000_000);

        string text = string.Concat(prompts.SelectMany(prompt => prompt[1..]).Chunk(1 << 20).Select(ids => tokenizer.Decode(ids)));
        Assert.Equal(40_000, text.EnumerateRunes().Count(rune => rune.ToString() == "🌹"));
        Assert.DoesNotContain('\uFFFD', text);
        Assert.DoesNotContain('\uFEFF', text);
        Assert.All(prompts, prompt => Assert.Equal(tokenizer.BosId, prompt[0]));
        Assert.All(prompts.SkipLast(1), prompt => Assert.Equal(96, prompt.Length));
    }

    [Theory]
    [InlineData("needs --checkpoint DIR and --text FILE", "checkpoint", "x")]
    [InlineData("--checkpoint must name an existing folder", "checkpoint", "/does/not/exist", "text", "x")]
    [InlineData("--text must name an existing file", "text", "/does/not/exist")]
    [InlineData("--tokens must be a whole number from 256 to 1000000", "tokens", "255")]
    [InlineData("--tokens must be a whole number from 256 to 1000000", "tokens", "many")]
    [InlineData("--output must name a file that ends in .safetensors", "output", "scales.json")]
    public void Read_Wrong_NamesTheOptionAndWhatIsPermitted(string expected, params string[] settings)
    {
        Dictionary<string, string?> all = settings.Chunk(2).ToDictionary(pair => CommandOptions.CalibratePrefix + pair[0], pair => (string?)pair[1]);
        if (settings[0] != "checkpoint")
        {
            all.TryAdd(CommandOptions.CalibratePrefix + "checkpoint", _model.Folder);
            all.TryAdd(CommandOptions.CalibratePrefix + "text", _text);
        }

        var (request, error) = CalibrationOptions.Read(all);

        Assert.Null(request);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FolderAndText_WritesBesideTheWeights()
    {
        var commandLine = CommandLine.Parse(["calibrate", "--checkpoint", _model.Folder, "--text", _text]);

        Assert.Null(commandLine.Error);
        Assert.Equal(new CalibrationRequest(_model.Folder, _text, 8192, RangeFile), CalibrationOptions.Read(commandLine.Settings).Request);
    }

    [Fact]
    public void Advance_NoTerminal_WritesALineEveryTenSecondsAndAtTheEnd()
    {
        var time = new ManualTimeProvider();
        var written = new StringWriter { NewLine = "\n" };
        var progress = new CalibrationProgress(written, isTerminal: false, time);
        foreach (int tokens in (int[])[100, 200, 300, 400])
        {
            time.Advance(TimeSpan.FromSeconds(5));
            progress.Advance(tokens, 400);
        }

        Assert.Equal("50 %  200 of 400 tokens  20 tokens/s\n100 %  400 of 400 tokens  20 tokens/s\n", written.ToString());
    }

    private CalibrationRequest Request(int tokens = 8192) => new(_model.Folder, _text, tokens, RangeFile);

    private static string Fault<T>(CalibrationRequest request)
        where T : Exception
    {
        string message = Assert.Throws<T>(() => Calibrator.Run(request, Ignore)).Message;
        Assert.DoesNotContain(Secret, message, StringComparison.Ordinal);
        return message;
    }

    private static void Ignore(int done, int total)
    {
    }

    private IEnumerable<string?> Files() => Directory.EnumerateFiles(_model.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal);
}
