using System.Text;
using Serverless.GpuWorker.Model;

namespace Serverless.Benchmarks.EnginePeers;

/// <summary>
/// Writes a Llama checkpoint of random weights as a GGUF file (version 3: github.com/ggml-org/ggml/blob/master/docs/gguf.md), for llama.cpp to be measured on. Weights are Q4_0 or Q8_0, blocks of 32 with a float16
/// scale, which are the sizes of our int4 and int8.
/// </summary>
/// <param name="bits">4 or 8.</param>
internal sealed class GgufModel(LlamaConfig config, int bits)
{
    private const int Alignment = 32, BlockSize = 32;
    private const uint Unsigned = 4, Signed = 5, Float = 6, Text = 8, Array = 9;
    private const uint F32 = 0, Q4 = 2, Q8 = 8;

    private uint Quantised => bits == 4 ? Q4 : Q8;

    private int BlockBytes => bits == 4 ? 18 : 34;

    public void Write(string path)
    {
        using var file = new BinaryWriter(File.Create(path), Encoding.UTF8);
        var tensors = Tensors().ToList();
        file.Write("GGUF"u8);
        file.Write(3u);
        file.Write((ulong)tensors.Count);
        WriteMetadata(file);
        ulong offset = 0;
        foreach (var (name, columns, rows) in tensors)
        {
            WriteText(file, name);
            file.Write(rows == 0 ? 1u : 2u);
            file.Write((ulong)columns);
            if (rows > 0)
                file.Write((ulong)rows);

            file.Write(rows == 0 ? F32 : Quantised);
            file.Write(offset);
            offset += (ulong)Padded(Bytes(columns, rows));
        }
        file.Flush();
        Pad(file);
        byte[] blocks = RandomBlocks();
        foreach (var (_, columns, rows) in tensors)
        {
            if (rows == 0)
                for (int i = 0; i < columns; i++)
                    file.Write(1f);
            else
                WriteBlocks(file, blocks, Bytes(columns, rows));

            file.Flush();
            Pad(file);
        }
    }

    private void WriteMetadata(BinaryWriter file)
    {
        string[] tokens = ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>"), .. Enumerable.Range(0, config.VocabularySize - 259).Select(number => $"w{number}")];
        List<(string Key, Action Write)> entries =
        [
            TextOf("general.architecture", "llama"),
            Number("llama.context_length", config.ContextLength),
            Number("llama.embedding_length", config.HiddenSize),
            Number("llama.block_count", config.Layers),
            Number("llama.feed_forward_length", config.IntermediateSize),
            Number("llama.attention.head_count", config.Heads),
            Number("llama.attention.head_count_kv", config.KvHeads),
            Number("llama.rope.dimension_count", config.HeadSize),
            Number("llama.vocab_size", config.VocabularySize),
            ("llama.attention.layer_norm_rms_epsilon", () => Typed(Float, () => file.Write(1e-5f))),
            TextOf("tokenizer.ggml.model", "llama"),
            Number("tokenizer.ggml.bos_token_id", 1),
            Number("tokenizer.ggml.eos_token_id", 2),
            Number("tokenizer.ggml.unknown_token_id", 0),
            ("tokenizer.ggml.tokens", () => List(Text, tokens, token => WriteText(file, token))),
            ("tokenizer.ggml.scores", () => List(Float, tokens, _ => file.Write(0f))),
            // Kinds: 1 normal, 2 unknown, 3 control, 6 byte.
            ("tokenizer.ggml.token_type", () => List(Signed, Enumerable.Range(0, tokens.Length), id => file.Write(id switch { 0 => 2, < 3 => 3, < 259 => 6, _ => 1 }))),
        ];
        file.Write((ulong)entries.Count);
        foreach (var (key, write) in entries)
        {
            WriteText(file, key);
            write();
        }

        (string, Action) Number(string key, int value) => (key, () => Typed(Unsigned, () => file.Write((uint)value)));

        (string, Action) TextOf(string key, string value) => (key, () => Typed(Text, () => WriteText(file, value)));

        void Typed(uint type, Action value)
        {
            file.Write(type);
            value();
        }

        void List<T>(uint type, IEnumerable<T> values, Action<T> write) => Typed(Array, () =>
        {
            file.Write(type);
            file.Write((ulong)values.Count());
            foreach (var value in values)
                write(value);
        });
    }

    /// <summary>Names with the sizes of a row and the number of rows, 0 for a vector.</summary>
    private IEnumerable<(string Name, int Columns, int Rows)> Tensors()
    {
        int hidden = config.HiddenSize, keys = config.KvHeads * config.HeadSize;
        yield return ("token_embd.weight", hidden, config.VocabularySize);
        yield return ("output_norm.weight", hidden, 0);
        yield return ("output.weight", hidden, config.VocabularySize);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            yield return ($"blk.{layer}.attn_norm.weight", hidden, 0);
            yield return ($"blk.{layer}.attn_q.weight", hidden, hidden);
            yield return ($"blk.{layer}.attn_k.weight", hidden, keys);
            yield return ($"blk.{layer}.attn_v.weight", hidden, keys);
            yield return ($"blk.{layer}.attn_output.weight", hidden, hidden);
            yield return ($"blk.{layer}.ffn_norm.weight", hidden, 0);
            yield return ($"blk.{layer}.ffn_gate.weight", hidden, config.IntermediateSize);
            yield return ($"blk.{layer}.ffn_up.weight", hidden, config.IntermediateSize);
            yield return ($"blk.{layer}.ffn_down.weight", config.IntermediateSize, hidden);
        }
    }

    private long Bytes(int columns, int rows) => rows == 0 ? (long)columns * sizeof(float) : (long)columns * rows / BlockSize * BlockBytes;

    /// <summary>Blocks of random levels, whose weights deviate by 1 / sqrt(hidden size), as those that our engine is measured with.</summary>
    private byte[] RandomBlocks()
    {
        byte[] blocks = new byte[65_537 * BlockBytes];
        new Random(1).NextBytes(blocks);
        double levelDeviation = (1 << bits) / Math.Sqrt(12);
        byte[] scale = BitConverter.GetBytes((Half)(1 / (levelDeviation * Math.Sqrt(config.HiddenSize))));
        for (int at = 0; at < blocks.Length; at += BlockBytes)
            scale.CopyTo(blocks, at);

        return blocks;
    }

    private static void WriteBlocks(BinaryWriter file, byte[] blocks, long bytes)
    {
        for (long left = bytes; left > 0; left -= blocks.Length)
            file.Write(blocks, 0, (int)Math.Min(left, blocks.Length));
    }

    private static void WriteText(BinaryWriter file, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        file.Write((ulong)bytes.Length);
        file.Write(bytes);
    }

    private static long Padded(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private static void Pad(BinaryWriter file)
    {
        long position = file.BaseStream.Position;
        file.Write(new byte[Padded(position) - position]);
    }
}
