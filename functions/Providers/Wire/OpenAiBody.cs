using System.Text.Json;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Providers;

/// <summary>Requests in OpenAI's format, written without an object in between.</summary>
internal static class OpenAiBody
{
    public const string MaxTokens = "max_tokens";

    public const string MaxCompletionTokens = "max_completion_tokens";

    public static ReadOnlyMemory<byte> Write(Generation generation, OpenAiDialect dialect) =>
        JsonBytes.Of((generation, dialect), static (json, it) => Write(json, it.generation, it.dialect));

    public const string Effort = "reasoning_effort";

    /// <summary>Whether a chat has tools and leaves to the model how much it thinks.</summary>
    public static bool LeavesEffort(Generation generation) => generation is { IsChat: true, Settings.Tools: not null } && generation.Settings.Extra?.ContainsKey(Effort) != true;

    /// <summary>The name of the limit of an answer's tokens; null where there is none.</summary>
    public static string? TokenLimit(Generation generation, OpenAiDialect dialect)
    {
        if (generation.Settings.MaxTokens is null) return null;
        if (!generation.IsChat) return MaxTokens;
        var isNew = dialect.AlwaysMaxCompletionTokens || (generation.Settings.UsesMaxCompletionTokens && dialect.HasDeveloperRole);
        return dialect.TokenLimit ?? (isNew ? MaxCompletionTokens : MaxTokens);
    }

    private static void Write(Utf8JsonWriter json, Generation generation, OpenAiDialect dialect)
    {
        json.WriteStartObject();
        if (dialect.Model is { } model) json.WriteString("model"u8, model);
        if (generation.Messages is { } messages) Messages(json, messages, dialect);
        else Prompt(json, generation);
        Settings(json, generation, dialect);
        if (dialect.IsWorker)
        {
            json.WriteBoolean("return_token_ids"u8, true);
            if (generation.Resume.Count > 0)
            {
                json.WriteStartObject("resume"u8);
                json.WriteStartArray("token_ids"u8);
                foreach (var token in generation.Resume) json.WriteNumberValue(token);
                json.WriteEndArray();
                json.WriteEndObject();
            }
        }

        if ((dialect.IsWorker ? generation.Client : generation.User) is { } user) json.WriteString("user"u8, user);
        if (generation.Streams || dialect.IsWorker)
        {
            json.WriteBoolean("stream"u8, true);
            if (dialect.HasStreamOptions)
            {
                json.WriteStartObject("stream_options"u8);
                json.WriteBoolean("include_usage"u8, true);
                json.WriteEndObject();
            }
        }

        json.WriteEndObject();
    }

    private static void Messages(Utf8JsonWriter json, IReadOnlyList<ChatMessage> messages, OpenAiDialect dialect)
    {
        json.WriteStartArray("messages"u8);
        foreach (var message in MediaOfResults.AsUserTurns(dialect.CallIds is { } rule ? FittedCallIds.Of(messages, rule) : messages))
        {
            json.WriteStartObject();
            json.WriteString("role"u8, message.Role == "developer" && !dialect.HasDeveloperRole ? "system" : message.Role);
            Content(json, message, dialect);
            if (message.Name is { } name) json.WriteString("name"u8, name);
            if (message.ToolCalls is { } calls)
            {
                json.WritePropertyName("tool_calls"u8);
                // It is the service's own that made the call; OpenAI's takes no members that it does not know.
                ToolCallJson.Write(json, calls, hasExtra: !dialect.HasDeveloperRole);
            }

            if (message.ToolCallId is { } id) json.WriteString("tool_call_id"u8, id);
            if (dialect.HasErrors && message.IsError) json.WriteBoolean("is_error"u8, true);
            if (dialect.HasKept && message.Kept is { } kept)
            {
                foreach (var (member, value) in kept)
                {
                    if (!dialect.HasThoughtParts || member == "prefix") Element(json, member, value);
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Content(Utf8JsonWriter json, ChatMessage message, OpenAiDialect dialect)
    {
        // Marks of what to keep are for services behind the address that know them.
        var hasMarks = dialect is { HasDeveloperRole: false, IsWorker: false };
        var isText = !message.HasMedia && !(dialect.HasTextParts && message.Parts?.Count > 1) && !(hasMarks && message.Parts?.Any(part => part.CacheControl is not null) == true);
        if (dialect.HasThoughtParts && Thoughts(message) is { } thoughts)
        {
            json.WriteStartArray("content"u8);
            Thought(json, thoughts);
            if (!string.IsNullOrEmpty(message.Content)) WritePart(json, new ContentPart(message.Content));
            json.WriteEndArray();
            return;
        }

        if (message.Parts is not { } parts || isText)
        {
            if (message.Content is null) json.WriteNull("content"u8);
            else json.WriteString("content"u8, message.Content);
            return;
        }

        json.WriteStartArray("content"u8);
        foreach (var part in parts)
        {
            WritePart(json, part, hasMarks);
        }

        json.WriteEndArray();
    }

    private static string? Thoughts(ChatMessage message) =>
        message.Kept is { } kept && (kept.TryGetValue("reasoning_content", out var thoughts) || kept.TryGetValue("reasoning", out thoughts)) && thoughts.ValueKind == JsonValueKind.String && thoughts.GetString() is { Length: > 0 } text ? text : null;

    private static void Thought(Utf8JsonWriter json, string thoughts)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "thinking"u8);
        json.WriteStartArray("thinking"u8);
        WritePart(json, new ContentPart(thoughts));
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WritePart(Utf8JsonWriter json, ContentPart part, bool hasMarks = false)
    {
        json.WriteStartObject();
        Part(json, part);
        if (hasMarks) Element(json, "cache_control", part.CacheControl);
        json.WriteEndObject();
    }

    private static void Part(Utf8JsonWriter json, ContentPart part)
    {
        switch (part)
        {
            case { ImageUrl: { } url }:
                json.WriteString("type"u8, "image_url"u8);
                json.WriteStartObject("image_url"u8);
                json.WriteString("url"u8, url);
                if (part.Detail is { } detail) json.WriteString("detail"u8, detail);
                json.WriteEndObject();
                break;
            case { File: { } file }:
                json.WriteString("type"u8, "file"u8);
                json.WriteStartObject("file"u8);
                if (file.Name is { } name) json.WriteString("filename"u8, name);
                if (file.Data is { } data) json.WriteString("file_data"u8, data);
                if (file.Id is { } id) json.WriteString("file_id"u8, id);
                if (file.Url is { } address) json.WriteString("file_url"u8, address);
                json.WriteEndObject();
                break;
            case { Audio: { } audio }:
                json.WriteString("type"u8, "input_audio"u8);
                json.WriteStartObject("input_audio"u8);
                json.WriteString("data"u8, audio.Data);
                json.WriteString("format"u8, audio.Format);
                json.WriteEndObject();
                break;
            default:
                json.WriteString("type"u8, "text"u8);
                json.WriteString("text"u8, part.Text);
                break;
        }
    }

    private static void Prompt(Utf8JsonWriter json, Generation generation)
    {
        if (generation.Prompts is not { } list)
        {
            json.WriteString("prompt"u8, generation.Prompt);
            return;
        }

        if (list.Tokens is [{ } single])
        {
            json.WritePropertyName("prompt"u8);
            Ids(json, single);
            return;
        }

        json.WriteStartArray("prompt"u8);
        foreach (var text in list.Texts ?? []) json.WriteStringValue(text);
        foreach (var ids in list.Tokens ?? []) Ids(json, ids);
        json.WriteEndArray();
    }

    private static void Ids(Utf8JsonWriter json, IReadOnlyList<int> ids)
    {
        json.WriteStartArray();
        foreach (var id in ids) json.WriteNumberValue(id);
        json.WriteEndArray();
    }

    private static void Settings(Utf8JsonWriter json, Generation generation, OpenAiDialect dialect)
    {
        var settings = generation.Settings;
        // Of a top_p of 0 the likeliest token is left, which the worker, as vLLM, has another name for.
        var isGreedy = dialect.IsWorker && settings.TopP == 0;
        if (isGreedy) json.WriteNumber("temperature"u8, 0);
        else if (settings.Temperature is { } temperature) json.WriteNumber("temperature"u8, temperature);
        if (!isGreedy && settings.TopP is { } topP) json.WriteNumber("top_p"u8, topP);
        if (settings.TopK is { } topK) json.WriteNumber("top_k"u8, topK);
        if (settings.MinP is { } minP) json.WriteNumber("min_p"u8, minP);
        if (settings.MaxTokens is { } maxTokens)
        {
            json.WriteNumber(TokenLimit(generation, dialect)!, maxTokens);
        }

        if (settings.N is { } n && n != 1) json.WriteNumber("n"u8, n);
        if (settings.Stop is { Count: > 0 } stop)
        {
            json.WriteStartArray("stop"u8);
            foreach (var text in stop) json.WriteStringValue(text);
            json.WriteEndArray();
        }

        if (settings.Seed is { } seed) json.WriteNumber("seed"u8, seed);
        if (settings.PresencePenalty is { } presence) json.WriteNumber("presence_penalty"u8, presence);
        if (settings.FrequencyPenalty is { } frequency) json.WriteNumber("frequency_penalty"u8, frequency);
        if (settings.RepetitionPenalty is { } repetition) json.WriteNumber("repetition_penalty"u8, repetition);
        if (generation.IsChat && settings.Logprobs == true) json.WriteBoolean("logprobs"u8, true);
        if (settings.TopLogprobs is { } top) json.WriteNumber(generation.IsChat ? "top_logprobs"u8 : "logprobs"u8, top);
        Element(json, "logit_bias", settings.LogitBias);
        Element(json, "response_format", settings.ResponseFormat);
        Element(json, "tools", StrictTools.ForOpenAi(settings.Tools));
        Element(json, "tool_choice", settings.ToolChoice);
        if (settings.ParallelToolCalls is { } parallel) json.WriteBoolean("parallel_tool_calls"u8, parallel);
        if (dialect.ThinksNotBesideTools && LeavesEffort(generation)) json.WriteString(Effort, "none"u8);
        if (settings.Extra is not { } extra) return;
        foreach (var (name, value) in extra) Element(json, name, value);
    }

    private static void Element(Utf8JsonWriter json, string name, JsonElement? value)
    {
        if (value is not { } element) return;
        json.WritePropertyName(name);
        element.WriteTo(json);
    }
}
