using System.Text;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Tests.Hosting;

public sealed class JsonBytesTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(8 * 1024)]
    [InlineData(300_000)]
    public void Of_AnyLength_GivesExactlyWhatWasWritten(int length)
    {
        var text = new string('é', length);
        for (var i = 0; i < 3; i++) Assert.Equal($"\"{text}\"", Text(JsonBytes.Of(text, (json, value) => json.WriteStringValue(value))));
    }

    [Fact]
    public void Of_WithinAnother_KeepsBothApart()
    {
        var bytes = JsonBytes.Of("outer", (json, value) =>
        {
            json.WriteStartArray();
            json.WriteStringValue(value);
            json.WriteRawValue(JsonBytes.Of("inner", (other, text) => other.WriteStringValue(text)).Span);
            json.WriteEndArray();
        });
        Assert.Equal("""["outer","inner"]""", Text(bytes));
    }

    [Fact]
    public void Of_WriterThatFails_LeavesNothingToTheNext()
    {
        Assert.Throws<InvalidOperationException>(() => JsonBytes.Of(1, (json, _) =>
        {
            json.WriteStartArray();
            json.WriteStringValue("half");
            throw new InvalidOperationException();
        }));
        Assert.Equal("7", Text(JsonBytes.Of(7, (json, value) => json.WriteNumberValue(value))));
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
