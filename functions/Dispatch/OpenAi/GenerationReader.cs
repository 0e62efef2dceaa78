using System.Globalization;
using System.Text.Json;

namespace Serverless.Functions.Dispatch;

/// <summary>How to generate, from a body in OpenAI's or MLflow's words. What is unknown is ignored, as OpenAI's clients expect, but for <see cref="MisnamedFields"/>.</summary>
internal static class GenerationReader
{
    public const int MaxTools = 128;

    private const int MostBias = 100;

    /// <summary>Parameters that mean something to some providers and are passed on as they are; refused by name where the provider does not have them.</summary>
    private static readonly string[] Passed =
    [
        "best_of", "echo", "prompt_logprobs", "suffix", "audio", "modalities", "prediction", "reasoning_effort", "verbosity",
        "service_tier", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "safety_identifier", "web_search_options", "min_tokens", "stop_token_ids", "priority", "guided_quotes",
        .. ServerParameters.Names,
    ];

    private static readonly ulong PassedBits = RequestFields.BitsOf(Passed);

    /// <param name="countName">What the number of answers is called: <c>n</c>, and in MLflow's first versions <c>candidate_count</c>.</param>
    /// <exception cref="GatewayException">400 naming the field.</exception>
    public static GenerationSettings Read(JsonElement body, bool isChat, string countName = "n")
    {
        var fields = new RequestFields(body);
        MisnamedFields.Check(fields, isChat);
        var functions = LegacyFunctions.Tools(fields);
        var completionTokens = isChat ? AtLeastOne(fields, "max_completion_tokens") : null;
        return new GenerationSettings
        {
            Temperature = fields.Number("temperature"),
            TopP = fields.Number("top_p"),
            TopK = fields.Integer("top_k"),
            MaxTokens = completionTokens ?? AtLeastOne(fields, "max_tokens"),
            UsesMaxCompletionTokens = completionTokens is not null,
            Stop = fields.Texts("stop"),
            Seed = fields.Long("seed"),
            PresencePenalty = fields.Number("presence_penalty"),
            FrequencyPenalty = fields.Number("frequency_penalty"),
            MinP = fields.Number("min_p"),
            RepetitionPenalty = fields.Number("repetition_penalty"),
            N = fields.Integer(countName) ?? (countName == "n" ? null : fields.Integer("n")),
            Logprobs = isChat && fields.Flag("logprobs") == true ? true : null,
            TopLogprobs = fields.Integer(isChat ? "top_logprobs" : "logprobs"),
            LogitBias = Bias(fields),
            ResponseFormat = Format(fields),
            Tools = functions ?? Tools(fields),
            ToolChoice = ToolChoice(fields) ?? LegacyFunctions.Choice(fields, functions is not null),
            // An answer with a function_call has room for one.
            ParallelToolCalls = functions is null ? fields.Flag("parallel_tool_calls") : false,
            UsesFunctions = functions is not null,
            Extra = Extra(fields),
        };
    }

    /// <summary>Refused here, where the name is known that the caller has for it.</summary>
    private static int? AtLeastOne(RequestFields fields, string name) =>
        fields.Integer(name) is var given && given is null or >= 1 ? given : throw GatewayException.Invalid(name, $"'{name}' must be at least 1.");

    /// <summary>Token ids to numbers from -100 to 100, as OpenAI has it; not every server refuses what is none, and some take a text for the tokens that it begins with.</summary>
    private static JsonElement? Bias(RequestFields fields)
    {
        if (fields.Object("logit_bias") is not { } bias || !bias.EnumerateObject().Any()) return null;
        foreach (var token in bias.EnumerateObject())
        {
            if (!int.TryParse(token.Name, NumberStyles.None, CultureInfo.InvariantCulture, out _)) throw GatewayException.Invalid("logit_bias", "'logit_bias' must be of token ids: each name a whole number from 0.");
            if (token.Value.ValueKind != JsonValueKind.Number) throw GatewayException.Invalid("logit_bias", "'logit_bias' must hold numbers.", "invalid_type");
            if (!token.Value.TryGetDouble(out var value) || !(value >= -MostBias && value <= MostBias)) throw GatewayException.Invalid("logit_bias", $"'logit_bias' must hold numbers from -{MostBias} to {MostBias}.");
        }

        return bias;
    }

    private static JsonElement? Format(RequestFields fields)
    {
        if (fields.Object("response_format") is not { } format) return null;
        var inner = new RequestFields(format, "response_format.");
        return inner.Text("type") switch
        {
            "text" => null,
            "json_object" => JsonNulls.WithoutIn(format, "json_schema"),
            "json_schema" => new RequestFields(inner.Object("json_schema") ?? throw inner.Wrong("json_schema", "an object"), "response_format.json_schema.").Object("schema") is null
                ? throw GatewayException.Invalid("response_format.json_schema.schema", "'response_format.json_schema.schema' must be a JSON schema.", "missing_field")
                : JsonNulls.WithoutIn(format, "json_schema"),
            _ => throw GatewayException.Invalid("response_format.type", "'response_format.type' must be text, json_object or json_schema."),
        };
    }

    private static JsonElement? Tools(RequestFields fields)
    {
        if (fields.Array("tools") is not { } tools || tools.GetArrayLength() == 0) return null;
        if (tools.GetArrayLength() > MaxTools) throw GatewayException.Invalid("tools", $"'tools' may have at most {MaxTools} entries.");
        var i = 0;
        foreach (var tool in tools.EnumerateArray())
        {
            var path = $"tools[{i++}]";
            if (tool.ValueKind != JsonValueKind.Object) throw GatewayException.Invalid(path, $"'{path}' must be an object.", "invalid_type");
            var inner = new RequestFields(tool, path + ".");
            var type = inner.Text("type");
            if (AnthropicTools.IsType(type))
            {
                if (inner.Text("name") is not { Length: > 0 and <= 128 }) throw inner.Wrong("name", "a name of 1 to 128 characters");
                continue;
            }

            if (type is not ("function" or CustomTools.Type)) throw GatewayException.Invalid($"{path}.type", $"'{path}.type' must be function or custom.");
            CheckFunction(inner.Object(type) ?? throw inner.Wrong(type, "an object"), $"{path}.{type}");
        }

        return JsonNulls.Without(tools, "function");
    }

    /// <exception cref="GatewayException">400 naming the field.</exception>
    public static void CheckFunction(JsonElement function, string path)
    {
        if (function.ValueKind != JsonValueKind.Object) throw GatewayException.Invalid(path, $"'{path}' must be an object.", "invalid_type");
        var fields = new RequestFields(function, path + ".");
        if (fields.Text("name") is not { Length: > 0 and <= 128 }) throw fields.Wrong("name", "a name of 1 to 128 characters");
        _ = fields.Object("parameters");
    }

    private static JsonElement? ToolChoice(RequestFields fields)
    {
        if (fields.Element("tool_choice") is not { } choice) return null;
        var hasTools = fields.Array("tools") is { } tools && tools.GetArrayLength() > 0;
        if (choice.ValueKind == JsonValueKind.String)
        {
            return choice.GetString() switch
            {
                "none" or "auto" when !hasTools => null,
                "required" when !hasTools => throw WithoutTools(),
                "none" or "auto" or "required" => choice,
                _ => throw NoChoice(),
            };
        }

        if (choice.ValueKind != JsonValueKind.Object) throw NoChoice();
        if (AllowedTools.IsChoice(choice)) return hasTools ? AllowedTools.Check(choice, fields.Array("tools")!.Value) : throw WithoutTools();
        if (ToolNames.Of(choice) is not { } name) throw NoChoice();
        if (!hasTools) throw WithoutTools();
        return fields.Array("tools")!.Value.EnumerateArray().Any(tool => ToolNames.Of(tool) == name) ? choice : throw GatewayException.Invalid("tool_choice", "'tool_choice' names none of 'tools'.");
    }

    private static GatewayException NoChoice() => GatewayException.Invalid("tool_choice", "'tool_choice' must be none, auto, required, a tool, or allowed_tools.");

    private static GatewayException WithoutTools() => GatewayException.Invalid("tool_choice", "'tool_choice' asks for a call, and there are no 'tools'.");

    private static Dictionary<string, JsonElement>? Extra(RequestFields fields)
    {
        Dictionary<string, JsonElement>? extra = null;
        if (!fields.MayHaveAny(PassedBits)) return null;
        foreach (var name in Passed)
        {
            if (fields.Element(name) is not { } value || AsksForNothing(name, value)) continue;
            // Each of them is paid for.
            if (name == "best_of" && fields.Integer(name) is { } best && best < (fields.Integer("n") ?? 1)) throw GatewayException.Invalid(name, "'best_of' must be at least 'n': the best of them are told.");
            if (name == "best_of" && fields.Integer(name) is < 1 or > AnswerChecks.MaxAnswers) throw GatewayException.Invalid(name, $"'{name}' must be from 1 to {AnswerChecks.MaxAnswers}.");
            (extra ??= [])[name] = value;
        }

        return extra;
    }

    private static bool AsksForNothing(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.False => !ServerParameters.Names.Contains(name),
        JsonValueKind.Array => value.GetArrayLength() == 0 || (name == "modalities" && value.GetArrayLength() == 1 && value[0].ValueKind == JsonValueKind.String && value[0].ValueEquals("text"u8)),
        // An empty object asks for a search, and is the schema of any JSON.
        JsonValueKind.Object => name is not ("web_search_options" or "guided_json" or "json_schema") && !value.EnumerateObject().Any(),
        JsonValueKind.String => value.ValueEquals(""u8) || (name is "service_tier" && value.ValueEquals("auto"u8)),
        JsonValueKind.Number => name == "best_of" && value.TryGetInt32(out var number) && number == 1,
        _ => false,
    };
}
