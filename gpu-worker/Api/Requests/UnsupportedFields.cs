using System.Text.Json;

namespace Serverless.GpuWorker.Api.Requests;

/// <summary>
/// Fields of OpenAI's (and other servers') requests that would change the answer and are not supported: they are refused by name, unless they hold a value that asks for nothing.
/// So are fields that the other of the two generating endpoints has. Fields that nobody knows are ignored.
/// </summary>
internal static class UnsupportedFields
{
    private static readonly string[] Refused =
    [
        // Of OpenAI's API and vLLM's.
        "tools", "tool_choice", "functions", "function_call", "reasoning_effort",
        "suffix", "best_of", "audio", "modalities", "prediction", "ignore_eos", "cache_salt", "prompt_embeds", "documents",
        "allowed_token_ids", "guided_whitespace_pattern", "structural_tag", "thinking_token_budget", "repetition_detection", "vllm_xargs",
        "use_beam_search", "length_penalty", "truncate_prompt_tokens", "chat_template", "chat_template_kwargs", "add_generation_prompt", "continue_final_message",
        "skip_special_tokens", "spaces_between_special_tokens", "return_tokens_as_token_ids", "logprob_token_ids", "logits_processors",
        // Of llama.cpp's server and Ollama's.
        "n_predict", "num_predict", "options", "system", "template", "raw", "n_probs", "repeat_penalty", "typical_p", "dynatemp_range", "xtc_probability", "dry_multiplier", "mirostat", "top_n_sigma", "tfs_z", "top_a", "samplers", "lora", "format",
        // Of SGLang and text-generation-inference: what their own endpoints have, other names for the same included.
        "sampling_params", "parameters", "max_new_tokens", "min_new_tokens", "do_sample", "return_full_text", "truncate",
        "stop_regex", "no_stop_trim", "no_repeat_ngram_size", "lora_path", "custom_logit_processor", "return_hidden_states", "watermark", "adapter_id", "top_n_tokens", "decoder_input_details",
        // Of Anthropic's API, OpenAI's responses, transformers and TensorRT-LLM; and what an SDK puts into the body, sent without one.
        "stop_sequences", "stopping_strings", "stop_words", "instructions", "max_output_tokens", "max_length", "min_length", "num_beams", "beam_width", "extra_body",
    ];

    /// <summary>Of <c>structured_outputs</c>.</summary>
    private static readonly string[] RefusedOfStructured = ["structural_tag", "whitespace_pattern", "disable_any_whitespace", "disable_additional_properties"];

    /// <summary>Numbers that ask for nothing.</summary>
    private static readonly Dictionary<string, double> IdleNumbers = new()
    {
        ["best_of"] = 1,
        ["length_penalty"] = 1,
        ["top_logprobs"] = 0,
        ["n_predict"] = -1,
        ["num_predict"] = -1,
        ["min_new_tokens"] = 0,
        ["min_length"] = 0,
        ["num_beams"] = 1,
        ["beam_width"] = 1,
        ["n_probs"] = 0,
        ["repeat_penalty"] = 1,
        ["typical_p"] = 1,
        ["dynatemp_range"] = 0,
        ["xtc_probability"] = 0,
        ["dry_multiplier"] = 0,
        ["mirostat"] = 0,
        ["top_n_sigma"] = -1,
        ["tfs_z"] = 1,
        ["top_a"] = 0,
        ["no_repeat_ngram_size"] = 0,
        ["top_n_tokens"] = 0,
    };

    private static readonly string[] OnByDefault = ["add_generation_prompt", "do_sample", "skip_special_tokens", "spaces_between_special_tokens"];
    private static readonly string[] OfCompletions = ["prompt", "add_special_tokens", "echo"];
    private static readonly string[] OfChats = ["messages", "max_completion_tokens", "top_logprobs"];

    /// <exception cref="ApiException">400 unsupported_parameter.</exception>
    public static void CheckChat(JsonElement request)
    {
        Check(request, OfCompletions, "a chat");
        Check(request, Refused, "this worker");
        CheckInner(request);
    }

    /// <exception cref="ApiException">400 unsupported_parameter.</exception>
    public static void CheckCompletion(JsonElement request)
    {
        Check(request, OfChats, "a completion");
        Check(request, Refused, "this worker");
        CheckInner(request);
        if (request.TryGetProperty("add_special_tokens", out var adds) && adds.ValueKind == JsonValueKind.False)
        {
            throw ApiErrors.Unsupported("add_special_tokens", "add_special_tokens must be true: every prompt begins with BOS.");
        }
    }

    private static void Check(JsonElement request, string[] names, string by)
    {
        foreach (var name in names)
        {
            if (request.TryGetProperty(name, out var value) && !AsksForNothing(name, value) && !AsksForWhatIsDone(request, name, value)) throw ApiErrors.Unsupported(name, $"{name} is not supported by {by}.");
        }
    }

    private static void CheckInner(JsonElement request)
    {
        CheckWithin(request, "structured_outputs", RefusedOfStructured);
    }

    private static void CheckWithin(JsonElement request, string field, string[] names)
    {
        if (!request.TryGetProperty(field, out var inner) || inner.ValueKind != JsonValueKind.Object) return;
        foreach (var name in names)
        {
            if (inner.TryGetProperty(name, out var value) && !AsksForNothing(name, value)) throw ApiErrors.Unsupported($"{field}.{name}", $"{field}.{name} is not supported by this worker.");
        }
    }

    private static bool AsksForNothing(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.False => !OnByDefault.Contains(name),
        JsonValueKind.True => OnByDefault.Contains(name),
        JsonValueKind.Array => value.GetArrayLength() == 0 || (name == "modalities" && value.GetArrayLength() == 1 && IsText(value[0])),
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        JsonValueKind.String => value.ValueEquals(""u8) || (name is "tool_choice" or "function_call" or "reasoning_effort" && (value.ValueEquals("none"u8) || value.ValueEquals("auto"u8))),
        JsonValueKind.Number => IdleNumbers.TryGetValue(name, out var idle) && value.TryGetDouble(out var number) && number == idle,
        _ => false,
    };

    /// <summary>The best of as many as are told are all of them, a limit may have both of its names, an assistant's last turn is gone on with, EOS is not chosen where the answer may be any text, and at a temperature of 0 nothing is sampled.</summary>
    private static bool AsksForWhatIsDone(JsonElement request, string name, JsonElement value) => name switch
    {
        "best_of" => value.ValueKind == JsonValueKind.Number && request.TryGetProperty("n", out var n) && n.ValueKind == JsonValueKind.Number && JsonElement.DeepEquals(n, value),
        "max_completion_tokens" => Given(request, "max_tokens") is { } most && JsonElement.DeepEquals(most, value),
        "ignore_eos" => value.ValueKind == JsonValueKind.True && IsOfAnyText(request),
        "do_sample" => value.ValueKind == JsonValueKind.False && Given(request, "temperature") is { ValueKind: JsonValueKind.Number } temperature && temperature.TryGetDouble(out var degree) && degree == 0,
        "continue_final_message" => value.ValueKind == JsonValueKind.True && EndsWithAssistant(request),
        "add_generation_prompt" => value.ValueKind == JsonValueKind.False && EndsWithAssistant(request),
        _ => false,
    };

    /// <summary>What is held to a schema, another form or to quotes ends where it is complete.</summary>
    private static bool IsOfAnyText(JsonElement request) => AnswerForms.Fields.All(field => Given(request, field) is null) && Given(request, "guided_quotes") is null;

    private static JsonElement? Given(JsonElement request, string name) => request.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static bool EndsWithAssistant(JsonElement request) =>
        request.TryGetProperty("messages", out var messages) && messages.ValueKind == JsonValueKind.Array && messages.GetArrayLength() > 0
        && messages[messages.GetArrayLength() - 1] is { ValueKind: JsonValueKind.Object } last && last.TryGetProperty("role", out var role)
        && role.ValueKind == JsonValueKind.String && role.ValueEquals("assistant"u8);

    private static bool IsText(JsonElement value) => value.ValueKind == JsonValueKind.String && value.ValueEquals("text"u8);
}
