using System.Text;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Tests.Constraints.Grammars;

public sealed class GrammarTests
{
    private const string Arithmetic = """
        # As llama.cpp's grammars/arithmetic.gbnf
        root  ::= (expr "=" ws term "\n")+
        expr  ::= term ([-+*/] term)*
        term  ::= ident | num | "(" ws expr ")" ws
        ident ::= [a-z] [a-z0-9_]* ws
        num   ::= [0-9]+ ws
        ws    ::= [ \t\n]*
        """;

    private const string Json = """
        root   ::= object
        value  ::= object | array | string | number | ("true" | "false" | "null") ws

        object ::=
          "{" ws (
                    string ":" ws value
            ("," ws string ":" ws value)*
          )? "}" ws

        array  ::=
          "[" ws (
                    value
            ("," ws value)*
          )? "]" ws

        string ::=
          "\"" (
            [^"\\\x7F\x00-\x1F] |
            "\\" (["\\bfnrt] | "u" [0-9a-fA-F]{4}) # escapes
          )* "\"" ws

        number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,15})? ws

        # Optional space: by convention, applied in this grammar after literal chars when allowed
        ws ::= | " " | "\n" [ \t]{0,20}
        """;

    [Theory]
    [InlineData(Arithmetic, "a=1\n", true)]
    [InlineData(Arithmetic, "(a1 +2)*(3)= 4\nx=y\n", true)]
    [InlineData(Arithmetic, "a+=1\n", false)]
    [InlineData(Json, """{"a": [1, -2.5e3, true], "é\n": {"b": null}}""", true)]
    [InlineData(Json, """{"a": [1,]}""", false)]
    [InlineData(Json, "[]", false)]
    [InlineData("root ::= \"yes\" |\n \"no\"", "no", true)]
    [InlineData("root ::= \"yes\"\n  | \"no\"", "no", true)]
    [InlineData("root ::= a b\na ::= \"x\"?\nb ::= a a \"y\"", "y", true)]
    [InlineData("root ::= a b\na ::= \"x\"?\nb ::= a a \"y\"", "xxxy", true)]
    [InlineData("root ::= a b\na ::= \"x\"?\nb ::= a a \"y\"", "xxxxy", false)]
    [InlineData("root ::= .", "🌱", true)]
    [InlineData("root ::= .", "\n", true)]
    [InlineData("root ::= [^\\u00e9]", "é", false)]
    [InlineData("root ::= [\\U0001F331-\\U0001F335]{2,2}", "🌱🌵", true)]
    [InlineData("root ::= [a-]+", "a-", true)]
    [InlineData("root ::= \"\\\"\\x41\\\\\"", "\"A\\", true)]
    [InlineData("root ::= list\nlist ::= \"a\" list | \"a\"", "aaaa", true)]
    [InlineData("root ::= \"a\"{,3}", "", null)]
    [InlineData("root ::= \"\"", "", true)]
    [InlineData("root ::= \"(\" root \")\" | \"\"", "((()))", true)]
    [InlineData("root ::= \"(\" root \")\" | \"\"", "((())", false)]
    [InlineData("a ::= \"x\"\nroot ::= a\n", "x", true)]
    [InlineData("root ::= wrong_name-1\nwrong_name-1 ::= \"x\"", "x", true)]
    public void Next_Text_IsCompleteWhereItIsOfTheGrammar(string grammar, string text, bool? isComplete)
    {
        if (isComplete is null)
            Assert.Throws<SchemaException>(() => Start(grammar));
        else
            Assert.Equal(isComplete, AutomatonWalk.Accepts(Start(grammar), text));
    }

    [Theory]
    [InlineData("x ::= \"a\"", "named root")]
    [InlineData("root ::= x", "of each name")]
    [InlineData("root ::= \"a\"\nroot ::= \"b\"", "has one already")]
    [InlineData("root ::= root \"a\" | \"b\"", "left recursion")]
    [InlineData("root ::= e root \"a\" | \"b\"\ne ::= \"x\"?", "left recursion")]
    [InlineData("root ::= a\na ::= b \"x\"\nb ::= a | \"y\"", "left recursion")]
    [InlineData("root ::= \"a\" root", "contains itself")]
    [InlineData("root ::= \"a", "without its end")]
    [InlineData("root ::= [a", "without its ']'")]
    [InlineData("root ::= (\"a\"", "without its ')'")]
    [InlineData("root ::= \"a\")", "without its '('")]
    [InlineData("root ::= [z-a]", "falling order")]
    [InlineData("root ::= \"a\"{3,1}", "rising order")]
    [InlineData("root ::= \"a\"{", "without a count")]
    [InlineData("root ::= \"\\q\"", "escape")]
    [InlineData("root ::= \"\\ud800\"", "no character")]
    [InlineData("root ::= <think>", "token")]
    [InlineData("root ::= (=\"a\")", "lookahead")]
    [InlineData("root ::= TagDispatch(\"a\")", "macro")]
    [InlineData("start: \"a\"", "::=")]
    [InlineData("root ::= ((\"a\"{500}){500}){500}", "parts")]
    [InlineData("", "named root")]
    public void Read_Refused_NamesWhatAndQuotesNoContent(string grammar, string named)
    {
        var refused = Assert.Throws<SchemaException>(() => Start(grammar));
        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
        Assert.Contains("grammar", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>CVE-2025-57809 in xgrammar: a grammar that nests without end took the whole server along.</summary>
    [Theory]
    [InlineData("root ::= @\"a\"", "(")]
    [InlineData("root ::= \"a\"@", "*")]
    [InlineData("root ::= \"a\"@", "{1,2}")]
    [InlineData("root ::= \"a\" @", "|")]
    [InlineData("root ::= \"a\" @", "root ")]
    public void Read_NestedOrRepeatedWithoutEnd_IsRefusedOrRead(string grammar, string part)
    {
        string text = grammar.Replace("@", string.Concat(Enumerable.Repeat(part, 9000)), StringComparison.Ordinal);
        if (part == "|")
            Assert.True(AutomatonWalk.Accepts(Start(text), "a"));
        else
            Assert.Throws<SchemaException>(() => Start(text));
    }

    [Fact]
    public void Next_RandomGrammars_AgreeWithTheDefinitionOnAllShortTexts()
    {
        string[] texts = [.. Enumerable.Range(0, 6).SelectMany(Texts)];
        int read = 0, complete = 0;
        for (int seed = 0; seed < 300; seed++)
        {
            var grammar = new RandomGrammar(new Random(seed));
            ConstraintState start;
            try
            {
                start = Start(grammar.Text);
            }
            catch (SchemaException)
            {
                continue;
            }
            read++;
            foreach (string text in texts)
            {
                bool isText = grammar.IsText(text);
                complete += isText ? 1 : 0;
                Assert.True(isText == AutomatonWalk.Accepts(start, text), $"Seed {seed}: '{text}' of\n{grammar.Text}");
            }
        }
        Assert.True(read > 100 && complete > 500, $"{read} read, {complete} complete");
    }

    [Theory]
    [InlineData("root ::= \"(\" root \")\" root | \"\"")]
    [InlineData("root ::= \"a\" root \"b\" | \"c\"")]
    [InlineData(Json)]
    public void Sample_AnyWalk_CanAlwaysBeCompleted(string grammar)
    {
        var start = Start(grammar);
        for (int seed = 0; seed < 20; seed++)
            AutomatonWalk.Sample(start, new Random(seed), maxBytes: 2000);
    }

    [Fact]
    public void Next_DeeperThanTextsMayBe_IsNotBegun()
    {
        // The opening of the deepest one, which can still be closed, is the last that is permitted.
        var state = Start("root ::= \"(\" root \")\" | \"x\"");
        int depth = 0;
        for (; state.Next((byte)'(') is var next && next != ConstraintState.Dead; depth++)
            state = next;

        Assert.Equal(ConstraintLimits.GrammarDepth - 1, depth);
        Assert.True(state.Next(Encoding.UTF8.GetBytes("x" + new string(')', depth))).CanEnd);
    }

    [Fact]
    public void Next_ListByRecursionToTheRight_GrowsNoDeeper()
    {
        var state = Start("root ::= \"a\" root | \"b\"").Next(Encoding.UTF8.GetBytes(new string('a', 5000)));
        Assert.NotEqual(ConstraintState.Dead, state);
        Assert.True(state.Next((byte)'b').CanEnd);
    }

    [Fact]
    public void Next_RulesThatLeadToOnePlaceInCountlessWays_AreLookedAtOnce()
    {
        var grammar = new StringBuilder("root ::= a0 | b0\n");
        for (int i = 0; i < 60; i++)
            grammar.Append($"a{i} ::= a{i + 1} | b{i + 1}\nb{i} ::= a{i + 1} | b{i + 1}\n");

        grammar.Append("a60 ::= \"x\"\nb60 ::= \"x\"\n");
        Assert.True(AutomatonWalk.Accepts(Start(grammar.ToString()), "x"));
    }

    private static ConstraintState Start(string grammar) => AutomatonWalk.Start(ReadForm.Read(AnswerFormKind.Grammar, grammar));

    private static IEnumerable<string> Texts(int length) => length == 0 ? [""] : Texts(length - 1).SelectMany(text => "abé".Select(letter => text + letter));
}
