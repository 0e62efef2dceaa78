using System.Text;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Api;

/// <summary>One token a UTF-16 unit, after &lt;unk&gt;, BOS and EOS; a decoder drops the first space, as SentencePiece's does.</summary>
internal sealed class CharTokenizer(bool hasBos = true) : ITokenizer
{
    private const int Specials = 3;

    public int VocabularySize => Specials + char.MaxValue + 1;

    public int? BosId => hasBos ? 1 : null;

    public int EosId => 2;

    public static int IdOf(char character) => character + Specials;

    public int[] Encode(string text) => [.. text.Select(IdOf)];

    public string Decode(ReadOnlySpan<int> ids)
    {
        var decoder = CreateStreamingDecoder();
        var text = new StringBuilder();
        foreach (var id in ids) text.Append(decoder.Append(id));
        return text.Append(decoder.Flush()).ToString();
    }

    public byte[]? BytesOf(int id) => id < Specials ? null : Encoding.UTF8.GetBytes(((char)(id - Specials)).ToString());

    public IStreamingDecoder CreateStreamingDecoder() => new Decoder();

    private sealed class Decoder : IStreamingDecoder
    {
        private bool _begun;

        public string Append(int id)
        {
            if (id < Specials) return "";
            var text = ((char)(id - Specials)).ToString();
            var dropped = !_begun && text == " ";
            _begun = true;
            return dropped ? "" : text;
        }

        public string Flush() => "";
    }
}
