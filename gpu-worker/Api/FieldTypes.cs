namespace Serverless.GpuWorker.Api;

/// <summary>What each request field may hold, in words, for error messages.</summary>
internal static class FieldTypes
{
    public static string Describe(string field, bool isElement) => field switch
    {
        "messages" when isElement => "an object with role and content",
        "messages" => "a list of objects with role and content",
        "role" or "content" or "model" or "user" or "instruction" or "encoding_format" => "a string",
        "temperature" or "top_p" or "presence_penalty" or "frequency_penalty" => "a number",
        "max_tokens" or "max_completion_tokens" or "max_new_tokens" or "n" or "top_k" or "seed" => "an integer",
        "stream" or "include_usage" or "add_special_tokens" or "return_tokens" => "true or false",
        "prompt" or "stop" or "input" when isElement => "a string",
        "prompt" or "stop" or "input" => "a string or a list of strings",
        "tokens" when isElement => "a token id",
        "tokens" => "a list of token ids",
        "stream_options" or "parameters" => "an object",
        _ => "of another type",
    };
}
