using System.Text;
using Serverless.GpuWorker.Demo;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Tokenization;

public sealed class SentencePieceModelReaderTests
{
    private static readonly byte[] Valid = DemoResources.Bytes("demo-llama.model");

    [Fact]
    public void Read_DemoModel_HasItsSettings()
    {
        var model = SentencePieceModelReader.Read(Valid);
        Assert.Equal(SegmentationAlgorithm.BytePairEncoding, model.Algorithm);
        Assert.True(model.ByteFallback);
        Assert.True(model.Normalizer.AddDummyPrefix);
        Assert.False(model.Normalizer.RemoveExtraWhitespaces);
        Assert.Equal(5632, model.Pieces.Count);
        Assert.Equal(6, model.Pieces.Count(piece => piece.Type == SentencePieceType.UserDefined));
    }

    [Fact]
    public void Read_FileCutShort_NamesFieldAndOffset()
    {
        var error = Assert.Throws<InvalidDataException>(() => SentencePieceModelReader.Read(Valid.AsSpan(0, 1001)));
        Assert.Matches(@"^model.*, byte \d+: ", error.Message);
    }

    [Fact]
    public void Read_AnyCutOrFlippedByte_GivesAModelOrInvalidData()
    {
        var random = new Random(1);
        for (var i = 0; i < 2000; i++)
        {
            var bytes = Valid[..random.Next(1, i % 2 == 0 ? 3000 : Valid.Length)];
            for (var flips = random.Next(4); flips > 0; flips--) bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                new SentencePieceTokenizer(SentencePieceModelReader.Read(bytes)).Encode("Water a \u4E16 [INST] <s>");
            }
            catch (InvalidDataException)
            {
                // What a malformed file is answered with.
            }
        }
    }

    [Theory]
    [InlineData(new byte[0], "pieces is empty")]
    [InlineData(new byte[] { 0x0a, 0x02, 0x0a, 0x00 }, "pieces[0]")]
    [InlineData(new byte[] { 0x0a, 0x05, 0x0a, 0x01, 0x61, 0x18, 0x63 }, "field type is 99")]
    [InlineData(new byte[] { 0x0a, 0x03, 0x0a, 0x01, 0xff }, "field piece is not UTF-8")]
    [InlineData(new byte[] { 0x12, 0x02, 0x18, 0x04 }, "field model_type is 4")]
    [InlineData(new byte[] { 0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f }, "claims 4294967295 bytes")]
    public void Read_Malformed_SaysWhat(byte[] file, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => SentencePieceModelReader.Read(file)).Message, StringComparison.Ordinal);

    [Fact]
    public void Load_FolderWithoutModel_NamesTheFiles()
    {
        var folder = Directory.CreateTempSubdirectory("tokenizer-");
        try
        {
            var error = Assert.Throws<FileNotFoundException>(() => TokenizerFile.Load(folder.FullName));
            Assert.Contains("tokenizer.model or spiece.model", error.Message, StringComparison.Ordinal);
            File.WriteAllBytes(Path.Combine(folder.FullName, "tokenizer.model"), Encoding.UTF8.GetBytes("no model"));
            Assert.Contains("tokenizer.model: model", Assert.Throws<InvalidDataException>(() => TokenizerFile.Load(folder.FullName)).Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
