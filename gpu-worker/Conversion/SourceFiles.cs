using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Conversion;

/// <summary>What a source folder holds beside weights, and which kind of model it is.</summary>
internal static class SourceFiles
{
    private static readonly string[] Tokenizer = ["tokenizer.model", "spiece.model", "tokenizer_config.json", "special_tokens_map.json", "tokenizer.json"];

    public static IReadOnlyList<string> Llama { get; } = ["config.json", "generation_config.json", .. Tokenizer];

    public static IReadOnlyList<string> Instructor { get; } =
        ["config.json", .. Tokenizer, "modules.json", "sentence_bert_config.json", "1_Pooling/config.json", "2_Dense/config.json"];

    /// <summary>Those of the files that the folder has.</summary>
    public static IReadOnlyList<string> Existing(string folder, IReadOnlyList<string> names) => [.. names.Where(name => File.Exists(Path.Combine(folder, name)))];

    /// <summary>Pieces of the folder's SentencePiece model; null where it has none.</summary>
    /// <exception cref="CheckpointException">The model is malformed.</exception>
    public static int? PiecesOf(string folder)
    {
        try
        {
            return TokenizerFile.Load(folder).VocabularySize;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (InvalidDataException exception)
        {
            throw new CheckpointException($"The tokenizer cannot be used: {exception.Message}", exception);
        }
    }

    /// <exception cref="CheckpointException">The folder holds nothing that can be converted; the message says why.</exception>
    public static IConversionModel Open(string folder, WeightFormatMix formats, int ranks)
    {
        if (File.Exists(Path.Combine(folder, ConvertedManifest.FileName)))
            throw new CheckpointException($"The source holds {ConvertedManifest.FileName}: it is converted already.");

        RefuseMetas(folder);
        return ConfigReader.Open(Path.Combine(folder, "config.json")).Text("model_type") == "t5"
            ? new T5Conversion(folder, formats, ranks)
            : new LlamaConversion(folder, formats, ranks);
    }

    private static void RefuseMetas(string folder)
    {
        bool isMetas = File.Exists(Path.Combine(folder, "params.json"))
            || Directory.EnumerateFiles(folder, "consolidated.*.pth").Any();
        if (isMetas && !File.Exists(Path.Combine(folder, "config.json")))
        {
            throw new CheckpointException(
                "The source is in Meta's layout (params.json, consolidated.*.pth), whose pickled weights are not read, because loading them can run code: "
                + "make a Hugging Face folder of it first, with transformers' convert_llama_weights_to_hf.py --input_dir DIR --model_size 7B --output_dir DIR, which writes safetensors.");
        }
    }
}
