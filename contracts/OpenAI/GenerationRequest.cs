using System.Text.Json;

namespace Serverless.Contracts.OpenAI;

/// <summary>What the bodies of a chat and of a completion have in common: which model, and how it generates.</summary>
public abstract record GenerationRequest
{
    public string? Model { get; init; }

    /// <summary>0..2; 0 is greedy. Null means the server's default.</summary>
    public double? Temperature { get; init; }

    /// <summary>0..1; at 0 the likeliest token is what is left.</summary>
    public double? TopP { get; init; }

    /// <summary>At least 1; null means no limit.</summary>
    public int? TopK { get; init; }

    public int? MaxTokens { get; init; }

    public int? N { get; init; }

    public StringOrList? Stop { get; init; }

    public long? Seed { get; init; }

    /// <summary>-2..2.</summary>
    public double? PresencePenalty { get; init; }

    /// <summary>-2..2.</summary>
    public double? FrequencyPenalty { get; init; }

    /// <summary>0..1: tokens less likely than this share of the likeliest one's probability are not chosen. vLLM's extension, as the six after it.</summary>
    public double? MinP { get; init; }

    /// <summary>Over 0 to 2; 1 is none.</summary>
    public double? RepetitionPenalty { get; init; }

    /// <summary>Tokens before which the answer does not end by itself.</summary>
    public int? MinTokens { get; init; }

    /// <summary>Whether the answer does not end by itself at all: programs that measure want one of as many tokens as it may have.</summary>
    public bool? IgnoreEos { get; init; }

    /// <summary>Tokens that end the answer.</summary>
    public IReadOnlyList<int>? StopTokenIds { get; init; }

    /// <summary>Words that the answer does not hold. vLLM's.</summary>
    public IReadOnlyList<string>? BadWords { get; init; }

    /// <summary>Of the caller's waiting requests the lower number goes first.</summary>
    public int? Priority { get; init; }

    /// <summary>Whether each choice, or each chunk of one, holds the ids of its tokens.</summary>
    public bool? ReturnTokenIds { get; init; }

    /// <summary>Tells the prompt's tokens' log probabilities, and this many of the likeliest tokens with each, 0..20. vLLM's.</summary>
    public int? PromptLogprobs { get; init; }

    /// <summary>Token ids, written as strings, to what is added to their scores: -100..100.</summary>
    public IReadOnlyDictionary<string, double>? LogitBias { get; init; }

    /// <summary>What the answer is to be: any text, a JSON object, or a document of a JSON schema.</summary>
    public ResponseFormat? ResponseFormat { get; init; }

    /// <summary>The same in vLLM's words.</summary>
    public StructuredOutputs? StructuredOutputs { get; init; }

    /// <summary>The same in the words of vLLM before 0.12: a JSON schema, as an object or as its text.</summary>
    public JsonElement? GuidedJson { get; init; }

    public string? GuidedRegex { get; init; }

    public IReadOnlyList<string>? GuidedChoice { get; init; }

    public string? GuidedGrammar { get; init; }

    /// <summary>A JSON schema, in llama.cpp's and SGLang's words: an object, or its text.</summary>
    public JsonElement? JsonSchema { get; init; }

    /// <summary>A grammar (GBNF) in llama.cpp's words, or an object <c>{type, value}</c> in text-generation-inference's.</summary>
    public JsonElement? Grammar { get; init; }

    /// <summary>A regular expression, in SGLang's words.</summary>
    public string? Regex { get; init; }

    /// <summary>A grammar, in SGLang's words.</summary>
    public string? Ebnf { get; init; }

    /// <summary>Whether the stop string or token that ends the answer stays at its end. vLLM's.</summary>
    public bool? IncludeStopStrInOutput { get; init; }

    /// <summary>What it may quote; null for anything. An extension of ours, as the three after it.</summary>
    public GuidedQuotes? GuidedQuotes { get; init; }

    /// <summary>Seconds after which the answer is of no more use.</summary>
    public double? TimeoutSeconds { get; init; }

    /// <summary>Where an answer that was cut off goes on.</summary>
    public ResumePoint? Resume { get; init; }

    /// <summary>Pushes the answer to a user over SignalR in place of answering with it.</summary>
    public StreamTarget? StreamTo { get; init; }

    public bool? Stream { get; init; }

    public StreamOptions? StreamOptions { get; init; }

    /// <summary>An opaque name of the end user, for fairness among callers; never logged.</summary>
    public string? User { get; init; }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public sealed override string ToString() => GetType().Name;
}
