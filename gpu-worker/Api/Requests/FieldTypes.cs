namespace Serverless.GpuWorker.Api.Requests;

/// <summary>What each request field may hold, in words, for error messages.</summary>
internal static class FieldTypes
{
    public static string Describe(string field, bool isElement) => field switch
    {
        "messages" when isElement => "an object with role and content",
        "messages" => "a list of objects with role and content",
        "role" or "model" or "user" or "instruction" or "input_type" or "encoding_format" or "query" or "type" or "name" or "description" or "hub" or "stream_id"
            or "regex" or "guided_regex" or "guided_grammar" or "grammar" or "ebnf" => "a string",
        "content" => "a string or a list of text parts",
        "temperature" or "top_p" or "min_p" or "presence_penalty" or "frequency_penalty" or "repetition_penalty" or "timeout_seconds" => "a number",
        "max_tokens" or "max_completion_tokens" or "max_new_tokens" or "n" or "top_k" or "min_tokens" or "top_logprobs" or "prompt_logprobs" or "priority" or "min_length" or "max_length" or "top_n" => "an integer from -2147483648 to 2147483647",
        "seed" => "an integer from -9223372036854775808 to 9223372036854775807",
        "logprobs" => "true or false in a chat, an integer in a completion",
        "logit_bias" => "an object of token ids and numbers",
        "stream" or "echo" or "include_usage" or "add_special_tokens" or "return_tokens" or "return_token_ids" or "return_documents" or "strict" or "json_object" or "include_stop_str_in_output" => "true or false",
        "prompt" when !isElement => "a string, a list of strings, token ids or lists of token ids",
        "prompt" or "stop" or "input" or "sources" or "choice" or "guided_choice" when isElement => "a string",
        "sources" or "choice" or "guided_choice" => "a list of strings",
        "prompt" or "stop" or "input" => "a string or a list of strings",
        "text_1" or "text_2" or "queries" when isElement => "a string",
        "text_1" or "text_2" or "queries" => "a string or a list of strings",
        "documents" when isElement => "a string or an object with text",
        "documents" => "a list of strings or of objects with text",
        "inputs" => "a list",
        "tokens" or "token_ids" or "stop_token_ids" when isElement => "a token id",
        "tokens" or "token_ids" or "stop_token_ids" => "a list of token ids",
        "stream_options" or "parameters" or "response_format" or "structured_outputs" or "guided_quotes" or "json_schema" or "resume" or "stream_to" => "an object",
        _ => "of another type",
    };
}
