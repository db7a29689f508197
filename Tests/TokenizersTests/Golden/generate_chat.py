"""Writes chat.json: conversations rendered by Jinja as transformers' apply_chat_template does.

    SEXTANT_MODELS=... python3 generate_chat.py
"""

import json
import os
import pathlib
import sys

import references
from jinja2.sandbox import ImmutableSandboxedEnvironment

HERE = pathlib.Path(__file__).parent
if "SEXTANT_MODELS" not in os.environ:
    sys.exit("set SEXTANT_MODELS to the folder with the GGUF files of models/catalog.yaml")
MODELS = pathlib.Path(os.environ["SEXTANT_MODELS"])

# Written for this test with the turns of the published templates.
GEMMA_TURN = (
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}"
    "{% if message['role'] == 'assistant' %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}")
GEMMA_END = "{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}"
GEMMA_2 = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}" + GEMMA_TURN
    + "{{ '<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}{% endfor %}" + GEMMA_END)
GEMMA_3 = (
    "{{ bos_token }}\n{%- if messages[0]['role'] == 'system' -%}\n"
    "    {%- set first_user_prefix = messages[0]['content'] + '\\n\\n' -%}\n    {%- set loop_messages = messages[1:] -%}\n"
    "{%- else -%}\n    {%- set first_user_prefix = \"\" -%}\n    {%- set loop_messages = messages -%}\n{%- endif -%}\n"
    "{%- for message in loop_messages -%}\n" + GEMMA_TURN
    + "{{ '<start_of_turn>' + role + '\\n' + (first_user_prefix if loop.first else \"\") }}\n"
    "    {%- if message['content'] is string -%}\n        {{ message['content'] | trim }}\n    {%- endif -%}\n"
    "    {{ '<end_of_turn>\\n' }}\n{%- endfor -%}\n" + GEMMA_END)
LLAMA_TURN = "'<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>'"
LLAMA_END = "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"
LLAMA_3 = (
    "{% for message in messages %}{% set content = " + LLAMA_TURN + " %}"
    "{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}" + LLAMA_END)
LLAMA_31 = (
    "{{- bos_token }}\n{%- if not date_string is defined %}\n    {%- set date_string = \"26 Jul 2024\" %}\n{%- endif %}\n"
    "{%- if messages[0]['role'] == 'system' %}\n    {%- set system_message = messages[0]['content']|trim %}\n"
    "    {%- set messages = messages[1:] %}\n{%- else %}\n    {%- set system_message = \"\" %}\n{%- endif %}\n"
    "{{- \"<|start_header_id|>system<|end_header_id|>\\n\\n\" }}\n{{- \"Cutting Knowledge Date: December 2023\\n\" }}\n"
    "{{- \"Today Date: \" + date_string + \"\\n\\n\" }}\n{{- system_message }}\n{{- \"<|eot_id|>\" }}\n"
    "{%- for message in messages %}\n    {{- " + LLAMA_TURN + " }}\n{%- endfor %}\n" + LLAMA_END)
CHATML = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}")

TEMPLATES = {
    "smollm2": (references.read(MODELS / "SmolLM2-135M-Instruct.Q4_1.gguf")["template"], "<|im_start|>"),
    "qwen2.5": (references.read(MODELS / "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf")["template"], "<|endoftext|>"),
    "chatml": (CHATML, ""), "gemma2": (GEMMA_2, "<bos>"), "gemma3": (GEMMA_3, "<bos>"),
    "llama3": (LLAMA_3, "<|begin_of_text|>"), "llama3.1": (LLAMA_31, "<|begin_of_text|>"),
}
CONVERSATIONS = [
    [("user", "Hello")], [("user", "  padded \n\u3000text\t\x1c ")], [("system", " Be brief. "), ("user", "Hi")],
    [("user", "1"), ("assistant", "2"), ("user", "3")], [("system", "S"), ("user", "1"), ("assistant", " 2 "), ("user", "3")],
    [("system", "only a system")], [("user", "")], [("assistant", "first")], [("user", "a"), ("user", "b")],
    [("user", "a"), ("system", "late"), ("user", "b")], [("user", "<|im_end|> <end_of_turn> {{ x }} {% y %}")],
    [("user", "日本語 🦙\n\nsecond")], [("user", "q"), ("assistant", "a")],
]


def fail(message):
    raise ValueError(message)


environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
environment.globals["raise_exception"] = fail
result = []
for name, (source, bos) in TEMPLATES.items():
    template, texts = environment.from_string(source), []
    for conversation in CONVERSATIONS:
        for opens in (True, False):
            messages = [dict(role=r, content=c) for r, c in conversation]
            try:
                texts.append(template.render(messages=messages, bos_token=bos, add_generation_prompt=opens))
            except ValueError:
                texts.append(None)
    result.append(dict(name=name, source=source, bos=bos, texts=texts))
conversations = [[dict(role=r, content=c) for r, c in conversation] for conversation in CONVERSATIONS]
(HERE / "chat.json").write_text(json.dumps(dict(conversations=conversations, templates=result), indent=1) + "\n")
