using System.Text.Json;
using Serverless.GpuWorker.Constraints;

namespace Serverless.GpuWorker.Tests.Constraints;

/// <summary>Schemas as generators of schemas write them: each is taken, and whatever is written to it satisfies it.</summary>
public sealed class GeneratedSchemaTests
{
    public static TheoryData<string, string> Schemas => new()
    {
        {
            "zod 4: object of every scalar",
            """
            {"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"name":{"type":"string","minLength":1},
            "age":{"type":"integer","minimum":-9007199254740991,"maximum":9007199254740991},
            "email":{"type":"string","format":"email","pattern":"^(?!\\.)(?!.*\\.\\.)([A-Za-z0-9_'+\\-\\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$"},
            "id":{"type":"string","format":"uuid","pattern":"^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$"},
            "when":{"type":"string","format":"date-time","pattern":"^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d(?:\\.\\d+)?)?(?:Z))$"},
            "url":{"type":"string","format":"uri"},"nothing":{"anyOf":[{"type":"string"},{"type":"null"}]},"five":{"type":"number","const":5},"set":{"default":"x","type":"string"}},
            "required":["name","age","email","id","when","url","nothing","five","set"],"additionalProperties":false}
            """
        },
        { "zod 4: record", """{"type":"object","propertyNames":{"type":"string"},"additionalProperties":{"type":"number"}}""" },
        { "zod 4: record of an enum", """{"type":"object","propertyNames":{"type":"string","enum":["a","b"]},"additionalProperties":{"type":"number"},"required":["a","b"]}""" },
        { "zod 4: record of numbers", """{"type":"object","propertyNames":{"type":"string","pattern":"^-?\\d+(?:\\.\\d+)?$"},"additionalProperties":{"type":"boolean"}}""" },
        { "zod 4: tuple", """{"type":"array","prefixItems":[{"type":"string"},{"type":"number"}],"items":{"type":"boolean"}}""" },
        { "zod-to-json-schema: tuple of draft 7", """{"type":"array","minItems":2,"maxItems":2,"items":[{"type":"string"},{"type":"number"}],"additionalItems":false,"$schema":"http://json-schema.org/draft-07/schema#"}""" },
        {
            "pydantic 2: nested, literals, optional",
            """
            {"$defs":{"Kind":{"enum":["new","old"],"title":"Kind","type":"string"},"Node":{"properties":{"kind":{"$ref":"#/$defs/Kind","default":"new"},
            "next":{"anyOf":[{"$ref":"#/$defs/Node"},{"type":"null"}],"default":null}},"title":"Node","type":"object"}},
            "properties":{"root":{"$ref":"#/$defs/Node","description":"the first"},"price":{"anyOf":[{"type":"number"},{"pattern":"^(?!^[-+.]*$)[+-]?0*\\d*\\.?\\d*$","type":"string"}],"title":"Price"},
            "age":{"exclusiveMinimum":0,"maximum":150,"title":"Age","type":"integer"},"mixed":{"enum":["a",1,null,true],"title":"Mixed"}},"required":["root","price","age","mixed"],"title":"Model","type":"object"}
            """
        },
        { "pydantic 2: set of literals", """{"$defs":{"Label":{"enum":["bug","feature","question"],"title":"Label","type":"string"}},"properties":{"labels":{"items":{"$ref":"#/$defs/Label"},"title":"Labels","type":"array","uniqueItems":true}},"required":["labels"],"type":"object"}""" },
        { "pydantic 2: tuple", """{"properties":{"at":{"maxItems":2,"minItems":2,"prefixItems":[{"type":"integer"},{"type":"string"}],"title":"At","type":"array"}},"required":["at"],"title":"M","type":"object"}""" },
        { "pydantic 2: names by a pattern", """{"properties":{"by":{"additionalProperties":false,"patternProperties":{"^[a-z]+$":{"type":"integer"}},"title":"By","type":"object"}},"required":["by"],"type":"object"}""" },
        { "pydantic 2: names by a literal", """{"additionalProperties":{"type":"integer"},"propertyNames":{"enum":["x","y"]},"title":"D","type":"object"}""" },
        { "pydantic 2: times and addresses", """{"properties":{"for":{"format":"duration","type":"string"},"ip":{"format":"ipv6","type":"string"},"link":{"format":"uri","maxLength":2083,"minLength":1,"type":"string"}},"required":["for","ip","link"],"type":"object"}""" },
        {
            ".NET: JsonSchemaExporter",
            """
            {"type":["object","null"],"properties":{"Name":{"type":["string","null"]},"Count":{"type":["string","integer"],"pattern":"^-?(?:0|[1-9]\\d*)$"},"Span":{"type":"string","pattern":"^-?(\\d+\\.)?\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,7})?$"},
            "Initial":{"type":"string","minLength":1,"maxLength":1},"Kind":{"enum":["A","B"]},"Map":{"type":["object","null"],"additionalProperties":{"type":"integer"}},"Next":{"$ref":"#"}},"required":["Name","Count","Span","Initial","Kind"]}
            """
        },
        { "every format at once", """{"type":"object","properties":{"date":{"type":"string","format":"date"},"time":{"type":"string","format":"time"},"date-time":{"type":"string","format":"date-time"},"duration":{"type":"string","format":"duration"},"uuid":{"type":"string","format":"uuid"},"ipv4":{"type":"string","format":"ipv4"},"ipv6":{"type":"string","format":"ipv6"},"hostname":{"type":"string","format":"hostname"},"email":{"type":"string","format":"email"},"uri":{"type":"string","format":"uri"}},"required":["date","time","date-time","duration","uuid","ipv4","ipv6","hostname","email","uri"]}""" },
        {
            "NJsonSchema: draft 4",
            """
            {"$schema":"http://json-schema.org/draft-04/schema#","title":"Order","type":"object","additionalProperties":false,"required":["Id","Total"],"properties":{"Id":{"type":"string","format":"guid","minLength":1},
            "Total":{"type":"number","format":"decimal","minimum":0.0,"exclusiveMinimum":true},"Count":{"type":"integer","format":"int32"},"Kind":{"oneOf":[{"type":"null"},{"$ref":"#/definitions/Kind"}]},"Bytes":{"type":["null","string"],"format":"byte"}},
            "definitions":{"Kind":{"type":"string","description":"","x-enumNames":["A","B"],"enum":["A","B"]}}}
            """
        },
        { "OpenAI: strict", """{"type":"object","properties":{"steps":{"type":"array","items":{"type":"object","properties":{"explanation":{"type":"string"},"output":{"type":"string"}},"required":["explanation","output"],"additionalProperties":false}},"host":{"type":"string","format":"hostname"}},"required":["steps","host"],"additionalProperties":false}""" },
    };

    [Theory]
    [MemberData(nameof(Schemas))]
    public void Next_RandomWalks_SatisfyTheSchema(string generator, string schema)
    {
        using var rules = JsonDocument.Parse(schema);
        var naive = new NaiveSchema(rules.RootElement);
        var start = AutomatonWalk.Start(ReadForm.OfSchema(schema));
        int complete = 0;
        for (int seed = 0; seed < 60; seed++)
        {
            if (AutomatonWalk.Sample(start, new Random(seed), maxBytes: 2000) is not { } text)
                continue;

            complete++;
            using var document = JsonDocument.Parse(text);
            Assert.True(naive.IsValid(document.RootElement), $"{generator}: {text}");
        }
        Assert.True(complete > 30, $"{generator}: {complete} complete");
    }
}
